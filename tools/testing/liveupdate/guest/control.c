// SPDX-License-Identifier: GPL-2.0-only
/* The serial port on which init gets commands and answers, by lines */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "control.h"

static int port = -1;
static char input[CONTROL_MAX_LINE];
static size_t input_length;
static size_t line_length;	/* of the line that was handed out, with its end */
static bool discarding;		/* the rest of a line that was too long */

/* Open the port, without echo or translation: its fd, or -1 with errno. */
int control_open(void)
{
	struct termios settings;

	port = open(CONTROL_PORT, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (port < 0 || tcgetattr(port, &settings))
		return -1;
	cfmakeraw(&settings);
	settings.c_cflag |= CLOCAL | CREAD;
	cfsetspeed(&settings, B115200);
	if (tcsetattr(port, TCSANOW, &settings))
		return -1;
	return port;
}

static void forget_line(void)
{
	input_length -= line_length;
	memmove(input, input + line_length, input_length);
	line_length = 0;
}

/* Take what has arrived: 0, or -1 with errno. */
int control_read(void)
{
	ssize_t length;

	forget_line();
	if (input_length == sizeof(input)) {
		if (!discarding)
			control_print("error command longer than %zu bytes\n", sizeof(input) - 1);
		discarding = true;
		input_length = 0;
	}
	length = read(port, input + input_length, sizeof(input) - input_length);
	if (length < 0 && errno != EINTR && errno != EAGAIN)
		return -1;
	if (length > 0)
		input_length += length;
	return 0;
}

/* The next complete line, valid until the next call, or %NULL. */
char *control_line(void)
{
	char *end;

	for (;;) {
		forget_line();
		end = memchr(input, '\n', input_length);
		if (!end)
			return NULL;
		line_length = end - input + 1;
		if (!discarding)
			break;
		discarding = false;
	}
	*end = '\0';
	return input;
}

/* Print lines in one write, as other programs print there, too. */
void control_print(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vdprintf(port, format, args);
	va_end(args);
}

/* Wait until everything was sent. */
void control_drain(void)
{
	tcdrain(port);
}
