/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The model files, word for word, as read-only data of the library. Their paths, MPS_MODEL_*, come from attack.cmake. */
	.section .rodata
	.balign 16
	.globl mps_model_generic_begin
	.globl mps_model_generic_end
mps_model_generic_begin:
	.incbin MPS_MODEL_GENERIC
mps_model_generic_end:
	.byte 0
	.balign 16
	.globl mps_model_binary_begin
	.globl mps_model_binary_end
mps_model_binary_begin:
	.incbin MPS_MODEL_BINARY
mps_model_binary_end:
	.byte 0
	.section .note.GNU-stack,"",%progbits
