// SPDX-License-Identifier: GPL-2.0-or-later
/// The pcapng reader.
#include "core/capture/pcapng_file.h"
#include "tests/fuzz/capture_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mps::test::read_both_ways<mps::PcapngFile>({data, size});
  return 0;
}
