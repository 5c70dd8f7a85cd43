// SPDX-License-Identifier: GPL-2.0-or-later
/// Known answers of the hardened schemes (docs/hardened.md). Written by hardened_vectors.py, which tells what
/// each one is.
#pragma once

#include <cstdint>

namespace mps::reference {

// clang-format off
inline constexpr const char* initiator_key = "a1b2c3d4e5f60718";
inline constexpr const char* listener_key = "0f1e2d3c4b5a6978";
inline constexpr const char* h1_request = "0c6b10f81e728bf4dc5a6031ccafc89e748f3f868263de015cb8442aadfce422201430fd08924e0303cd32fcf3b81307e233ae404e1e6f04e043758a067a54a8dfc2296ee61e9c65c943aee6f9b97d";
inline constexpr const char* h1_request_of_listener = "237b9362e51ef85d3158c8b273240f363a8a3e2922e269472445377be6e49d48c049797171b4d0e997405ffbc988f4b23b4c4368c0863d188b9a2c121073208721a7863bd9d2c381164fe35b815bd0";
inline constexpr const char* h1_far_request = "a965033427bc61007f4441e366afd622767f4dbc677d46c89898aa468b07f6858919dfae80bcf2eb91507f71eb0ea86c0f1907d7a7a23ac2e7f0f0648e6d3bf0c8818c7e44eb4def89d9397ff225f0";
inline constexpr const char* h1_parabola_sha256 = "033054be9912dd6bf50a7338c1b2575f628e97833baf01197feae295390f27ba";
inline constexpr const char* h2_request = "3197f4aedd5ee22da9b3a55d5566b6826d93a28804898963a198f80f3f7a1263da032c19d9733c0dc4a6ce77c97022535b31a099e423846516c77dd98e099e992c5517ae1dbe8b430ad14f8dbcf0e8";
inline constexpr const char* h2_request_of_listener = "94b85474c39e090ab6f768d5763c89e729c4832706df764d5dedc558be9c81a366c0e722fff6497b9011b1b0e50d73b06ec49d178940e10e559b0007280a9c084721e06a74d154816667a73a02ada2";
inline constexpr const char* h2_parabola_sha256 = "6ff6c4a02632bdf0266e76ba551ccc9637f129a9c616838cfcde24b1ee6a269d";
inline constexpr const char* tag_of_request = "cd2c";
inline constexpr std::uint64_t far_offset = 274877906924;
// clang-format on

}  // namespace mps::reference
