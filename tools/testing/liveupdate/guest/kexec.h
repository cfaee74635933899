/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KEXEC_H
#define KEXEC_H

#define STAGE_PARAMETER		"liveupdate_vm.stage="

int kexec_stage(void);
void kexec_next_kernel(char **parameters);
void kexec_refused(void);

#endif /* KEXEC_H */
