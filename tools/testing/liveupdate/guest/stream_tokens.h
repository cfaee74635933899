/* SPDX-License-Identifier: GPL-2.0-only */
/* What the session of the stream is called, and the files in it */
#ifndef STREAM_TOKENS_H
#define STREAM_TOKENS_H

#define SESSION_NAME	"dma-stream"

#define TOKEN_SMALL(index)	(16 * (index) + 1)
#define TOKEN_LARGE(index)	(16 * (index) + 2)
#define TOKEN_CDEV(index)	(16 * (index) + 3)
#define TOKEN_PAGE_TABLE(index)	(16 * (index) + 4)
#define TOKEN_IOMMUFD		0x1000

#endif /* STREAM_TOKENS_H */
