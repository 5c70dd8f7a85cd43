/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * The whole world of a freestanding codec: the four memory functions that a compiler may call, and an entry point that
 * exits with 0 if the self test passes. Linked by freestanding.cmake without any library.
 */
#include "core/scramble/mps_scramble.h"

int memcmp(const void *a, const void *b, size_t n);

/* volatile: a compiler would make calls to these very functions of the loops. */
void *memcpy(void *dest, const void *src, size_t n)
{
	volatile unsigned char *d = dest;
	const unsigned char *s = src;

	while (n--)
		*d++ = *s++;
	return dest;
}

void *memmove(void *dest, const void *src, size_t n)
{
	volatile unsigned char *d = dest;
	const unsigned char *s = src;

	if ((uintptr_t)dest <= (uintptr_t)src)
		return memcpy(dest, src, n);
	while (n--)
		d[n] = s[n];
	return dest;
}

void *memset(void *dest, int c, size_t n)
{
	volatile unsigned char *d = dest;

	while (n--)
		*d++ = (unsigned char)c;
	return dest;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const volatile unsigned char *p = a;
	const volatile unsigned char *q = b;

	for (; n; n--, p++, q++)
		if (*p != *q)
			return *p - *q;
	return 0;
}

int run_self_test(void);

int run_self_test(void)
{
	return mps_scramble_self_test() ? 0 : 1;
}

#if defined(__x86_64__)
__asm__(".globl _start\n"
	"_start:\n"
	"	xor %ebp, %ebp\n"
	"	and $-16, %rsp\n"
	"	call run_self_test\n"
	"	mov %eax, %edi\n"
	"	mov $60, %eax\n"
	"	syscall\n");
#elif defined(__aarch64__)
__asm__(".globl _start\n"
	"_start:\n"
	"	bl run_self_test\n"
	"	mov x8, #93\n"
	"	svc #0\n");
#else
#error "no entry point for this processor"
#endif
