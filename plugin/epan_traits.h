// SPDX-License-Identifier: GPL-2.0-or-later
/// Wireshark's headers in the order they want, and the differences between its minor versions
/// (4.0, 4.2, 4.4, 4.6), found out from their declarations. Version numbers do not serve: distributions ship
/// intermediate states.
#pragma once

#define WS_LOG_DOMAIN "mpscramble"
#include <wireshark.h>

#include <epan/conversation.h>
#include <epan/epan_dissect.h>
#include <epan/exceptions.h>
#include <epan/expert.h>
#include <epan/follow.h>
#include <epan/packet.h>
#include <epan/prefs.h>
#include <epan/proto.h>
#include <epan/tap.h>
#include <epan/uat.h>
#include <wiretap/wtap.h>  // wtap_rec: only declared by epan since 4.4

extern "C" {
#include <epan/show_exception.h>  // the one header without linkage of its own
}

#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>

namespace mps::plugin {

template <typename Function>
struct FunctionTraits;
template <typename Result, typename... Arguments>
struct FunctionTraits<Result (*)(Arguments...)> {
  using result = Result;
  static constexpr std::size_t arity = sizeof...(Arguments);
  template <std::size_t n>
  using argument = std::tuple_element_t<n, std::tuple<Arguments...>>;
};
template <typename Function>
using Traits = FunctionTraits<std::decay_t<Function>>;

/// gboolean (int) up to 4.2, bool since: the variable behind a preference has to be of just that type.
using PreferenceBool = std::remove_pointer_t<Traits<decltype(&prefs_register_bool_preference)>::argument<4>>;
/// What UAT callbacks return.
using UatBool = Traits<uat_update_cb_t>::result;

/// register_follow_stream() takes a counting function and a sub-stream function since 4.4.
template <typename Register, typename... Common>
void register_follower(Register function, std::uint32_t (*count)(), Common... common) {
  if constexpr (Traits<Register>::arity == sizeof...(Common)) {
    static_cast<void>(count);
    function(common...);
  } else {
    function(common..., count, nullptr);
  }
}

/// mark_frame_as_depended_upon() takes the packet_info, or its frame_data since 4.2.
template <typename Mark, typename Info>
void depend_upon(Mark mark, Info* pinfo, std::uint32_t frame) {
  if constexpr (std::is_same_v<typename Traits<Mark>::template argument<0>, Info*>)
    mark(pinfo, frame);
  else
    mark(pinfo->fd, frame);
}

}  // namespace mps::plugin
