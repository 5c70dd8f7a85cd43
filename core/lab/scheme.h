// SPDX-License-Identifier: GPL-2.0-or-later
/// What may be done to a stream between the application and the paths, as exchangeable parts: the candidates
/// that Kato et al. 2018 weigh in section III.A, the scrambler they chose, and schemes that keep the promise.
/// Each scheme is a file of this folder that holds the code, what exactly follows from a part of the wire,
/// and the attack.
///
/// The model. A scheme turns the plaintext of one direction into one or several *lanes* of bytes. A scheme
/// with one lane is dispersed: the scheduler decides which segment of the lane goes over which path. A scheme
/// with several lanes pins lane k to path k (shares of a secret must not meet on a path). Lengths are the
/// protocol's business (data sequence numbers, DATA_FIN): everybody knows them, and no scheme sends them.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "core/lab/keystream.h"
#include "core/lab/schedule.h"
#include "core/leak/interval.h"
#include "core/leak/language_model.h"
#include "core/secrets/keys.h"

namespace mps::lab {

/// What both endpoints of one direction agree on. Borrows the schedule.
struct Agreement {
  std::array<Key, 2>
      keys{};  ///< the MPTCP keys of initiator and listener: whoever sees the handshake has them
  bool listener_sends = false;  ///< the direction
  std::uint64_t seed =
      1;  ///< stands for what never crosses a path: cipher keys, and the sender's random bytes
  const Schedule* schedule = nullptr;  ///< of the plaintext; its length is the plaintext's

  const Key& sender_key() const { return keys[listener_sends ? 1 : 0]; }
  std::uint64_t length() const { return schedule->length; }
};

using Lanes = std::vector<Bytes>;

/// Sender's half. The same lanes come out however the plaintext is cut into calls.
class Encoder {
 public:
  virtual ~Encoder() = default;
  /// Appends what is complete to the lanes, of which there are as many as the scheme has.
  virtual void feed(std::span<const std::uint8_t> plaintext, Lanes& lanes) = 0;
  /// Pads and appends what was held back. Call once.
  virtual void finish(Lanes& /*lanes*/) {}
};

/// Receiver's half: the exact inverse.
class Decoder {
 public:
  virtual ~Decoder() = default;
  /// The next bytes of one lane, in order; lanes may run ahead of each other. Appends original bytes.
  virtual void feed(std::size_t lane, std::span<const std::uint8_t> bytes, Bytes& plaintext) = 0;
  /// No more bytes will come. Call once.
  virtual void finish(Bytes& /*plaintext*/) {}
};

struct Lane {
  Bytes bytes;
  std::vector<Sending> sent;  ///< of this lane's positions, in the order of time
};

/// Everything that was sent for one direction.
struct Wire {
  std::vector<Lane> lanes;
  std::uint64_t bytes_once() const;  ///< every lane byte once
  std::uint64_t bytes_sent() const;  ///< repetitions included
};

/// The same as packets: what a path carries, piece by piece.
struct Piece {
  std::uint16_t path = 0;
  std::size_t lane = 0;
  std::uint64_t position = 0;           ///< of bytes[0] in the lane
  std::span<const std::uint8_t> bytes;  ///< of the Wire
};
std::vector<Piece> pieces_of(const Wire& wire);

/// Somebody who taps some paths: what of each lane that shows, and whether the handshake was on a tapped
/// path.
struct Sight {
  PathMask taps = 0;
  bool handshake = false;
  std::vector<Intervals> seen;  ///< by lane
};
Sight sight_of(const Wire& wire, const Agreement& agreement, PathMask taps);

/// Lane bytes that speak about plaintext bytes, one by one: alone, or mixed with other bytes.
struct Link {
  std::size_t lane = 0;
  Interval positions;           ///< of the lane
  std::uint64_t plaintext = 0;  ///< stream offset that positions.begin speaks about
};

/// On what a statement about leakage rests.
enum class Basis : std::uint8_t {
  any_content,      ///< proved, whatever the content is
  uniform_content,  ///< proved for content of which every value is equally likely; real content leaks more
  lower_bound,      ///< as uniform_content, and at least this much
  cipher,           ///< as long as nobody breaks the cipher, whose key never crosses a path
  handshake_prf,    ///< as long as nobody finds both 64-bit keys or breaks the cipher
  random_oracle,    ///< argued with the hash taken for a random function, and unseen data hard to guess
};
const char* to_string(Basis basis);  ///< one word for tables: "proved", "uniform", "at least", "cipher" ...
const char* explain(Basis basis);    ///< the sentence behind the word

/// What follows with certainty.
struct ExactView {
  Intervals covered;                    ///< plaintext positions that seen bytes speak about
  Intervals determined;                 ///< plaintext positions whose byte follows
  Bytes plaintext;                      ///< of the whole stream; right where determined, else of no meaning
  std::uint64_t covered_leak_bits = 0;  ///< what the seen bytes tell about the covered ones
  std::uint64_t whole_leak_bits = 0;    ///< and about the whole stream
  Basis basis = Basis::any_content;
};

/// Plaintext as an attack believes it to be.
struct Guess {
  Interval where;
  Bytes bytes;
  std::vector<bool> accepted;  ///< of each byte: the attack itself takes it for recovered
  /// Where else the text may stand: of two texts of which only the sum is seen, either may be the other one.
  std::optional<std::uint64_t> instead = {};
};
struct AttackResult {
  std::string method;
  bool control = false;  ///< an attack that ought to fail: chance is 1/256 for uniform bytes
  std::vector<Guess> guesses;
  std::uint64_t legible_bytes = 0;  ///< plaintext in the clear whose place is not known
  std::uint64_t attackable = 0;     ///< wire bytes that the attack is for
  std::uint64_t attacked = 0;  ///< of these: limits and a stop leave some out, and a control takes a sample
};
struct AttackLimits {
  std::uint64_t max_bytes = std::uint64_t{1} << 20;  ///< of seen bytes, the first ones
  unsigned threads = 0;                              ///< 0: one per processor
  std::stop_token stop;
};

/// Tried in this order: what one of them does not read, the next one may (core/leak/attack.h).
using Models = std::span<const LanguageModel* const>;

/// A scheme with its parameters. Immutable; any number of threads may share one.
class Scheme {
 public:
  struct Info {
    std::string name;  ///< for --scheme
    std::string title;
    std::string reference;    ///< section or figure of Kato et al. 2018, or "not in the paper"
    std::string rule;         ///< the definition in one line
    std::string secret;       ///< what endpoints must share beyond the handshake; empty: nothing
    std::uint32_t block = 1;  ///< pads to a multiple of this
  };

  explicit Scheme(Info info) : info_(std::move(info)) {}
  virtual ~Scheme() = default;
  const Info& info() const { return info_; }

  /// Why this scheme cannot work over these paths; one line.
  virtual tl::expected<void, std::string> check(const Agreement&) const { return {}; }
  /// True: one lane, dispersed. False: one lane for each path, pinned.
  virtual bool dispersed() const { return true; }
  virtual std::unique_ptr<Encoder> encoder(const Agreement& agreement) const = 0;
  virtual std::unique_ptr<Decoder> decoder(const Agreement& agreement) const = 0;
  /// Which lane bytes speak about which plaintext. By default: the same positions.
  virtual std::vector<Link> links(const Agreement& agreement, const Wire& wire) const;
  virtual ExactView exact(const Agreement& agreement, const Wire& wire, const Sight& sight) const = 0;
  /// Only what `exact` leaves open is attacked. By default: the attack on the scrambler, as a control.
  virtual AttackResult attack(const Agreement& agreement, const Wire& wire, const Sight& sight,
                              const ExactView& exact, Models models, const AttackLimits& limits) const;

 protected:
  /// A view with `covered` and an empty `plaintext` of the right size.
  ExactView blank_view(const Agreement& agreement, const Wire& wire, const Sight& sight, Basis basis) const;

 private:
  Info info_;
};

/// Encodes the plaintext and sends it by the schedule. Precondition: check() is content, the lengths agree.
Wire transmit(const Scheme& scheme, const Agreement& agreement, std::span<const std::uint8_t> plaintext);

/// Puts pieces together, in whatever order and however often they came, and decodes them. The error tells
/// what is missing or contradicts itself.
tl::expected<Bytes, std::string> receive(const Scheme& scheme, const Agreement& agreement,
                                         std::span<const Piece> pieces);

}  // namespace mps::lab
