# SPDX-License-Identifier: GPL-2.0-only
#
# Programs for the host, for Makefiles that include this: PROGRAMS, TESTS that print TAP,
# and OTHERS that are not part of "all". Each is made of the objects in NAME_OBJECTS.
# CFLAGS_NAME is for one object.

all: $(PROGRAMS:%=$(OUTPUT)/%)

define PROGRAM
$(OUTPUT)/$(1): $$($(1)_OBJECTS:%=$(OUTPUT)/%.o)
	$$(CC) $$(CFLAGS) $$(LDFLAGS) -o $$@ $$^
endef
$(foreach program,$(PROGRAMS) $(TESTS) $(OTHERS),$(eval $(call PROGRAM,$(program))))

$(OUTPUT)/%.o: %.c | $(OUTPUT)
	$(CC) $(CFLAGS) $(CFLAGS_$*) -c -o $@ $<

$(OUTPUT):
	mkdir -p $@

run-tests: $(PROGRAMS:%=$(OUTPUT)/%) $(TESTS:%=$(OUTPUT)/%)
	@for test in $(TESTS:%=$(OUTPUT)/%); do \
		echo "# $$test"; $$test || exit 1; \
	done

-include $(wildcard $(OUTPUT)/*.d)

.PHONY: all check run-tests
