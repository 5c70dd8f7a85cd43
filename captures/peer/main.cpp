// SPDX-License-Identifier: GPL-2.0-or-later
/// mpscramble-peer: a client and a server that scramble in user space over real kernel MPTCP sockets. They
/// are the reference senders behind captures/: what they say they sent is the truth that the captures are
/// tested against.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <thread>

#include "captures/command_line.h"
#include "captures/key_log_file.h"
#include "captures/peer/channel.h"
#include "captures/peer/http.h"
#include "captures/peer/key_sniffer.h"
#include "captures/peer/mptcp_socket.h"
#include "captures/peer/relay.h"
#include "captures/peer/stream_coder.h"
#include "core/hardened/scheme.h"

namespace mps::peer {
namespace {

enum ExitCode : int { exit_done = 0, exit_usage = 1, exit_file = 2, exit_network = 3, exit_not_mptcp = 4 };

struct Failure {
  ExitCode code;
  std::string reason;
};
using Outcome = tl::expected<void, Failure>;

tl::unexpected<Failure> fail(ExitCode code, std::string reason) {
  return tl::unexpected(Failure{code, std::move(reason)});
}
Outcome network(const tl::expected<void, std::string>& result) {
  if (!result) return fail(exit_network, result.error());
  return {};
}

struct Settings {
  CoderSettings coder;
  ChannelSettings channel;
  std::string key_log;
  std::uint16_t port = 40404;
  std::string send_file;         ///< raw mode: the whole stream; otherwise HTTP
  std::uint16_t relay_port = 0;  ///< or what local programs say to each other
  // client
  std::string host;
  bool ipv6_socket = false;
  std::vector<std::string> requests;
  // server
  std::string root = ".";
  // both
  unsigned connections = 1;

  bool needs_keys() const { return coder.scheme || !key_log.empty(); }
};

/// Keys of a fresh connection, noted in the key log.
tl::expected<HandshakeKeys, Failure> learn_keys(const Settings& settings, KeySniffer* sniffer,
                                                const MptcpSocket& socket, bool initiator) {
  if (!sniffer) return HandshakeKeys{};  // plain and unlogged: nobody will ask for them
  const auto local = socket.local();
  const auto remote = socket.remote();
  if (!local) return fail(exit_network, local.error());
  if (!remote) return fail(exit_network, remote.error());
  const auto keys = initiator ? sniffer->wait(*local, *remote, settings.channel.patience)
                              : sniffer->wait(*remote, *local, settings.channel.patience);
  if (!keys)
    return fail(exit_not_mptcp,
                fmt::format("no MPTCP keys seen for {} - {}: the peer or the path speaks plain TCP",
                            to_string(*local), to_string(*remote)));
  if (settings.key_log.empty()) return *keys;
  if (const auto logged = append_key_log(settings.key_log, keys->keys); !logged)
    return fail(exit_file, logged.error());
  return *keys;
}

/// Both directions at once: a whole file out, whatever comes in.
tl::expected<void, std::string> send_and_receive(Channel& channel, std::span<const std::uint8_t> outgoing) {
  tl::expected<void, std::string> received;
  std::jthread reader([&] {
    for (std::vector<std::uint8_t> sink;; sink.clear()) {
      const auto more = channel.receive(sink);
      if (!more) received = tl::unexpected(more.error());
      if (!more || !*more) return;
    }
  });
  auto sent = channel.send(outgoing);
  // Close in any case, so that the peer, and with it the reader, comes to an end.
  const auto finished = channel.finish();
  if (!sent) return sent;
  if (!finished) return finished;
  reader.join();
  return received;
}

/// `local`: the program whose bytes are carried; null without --relay.
Outcome talk(const Settings& settings, KeySniffer* sniffer, MptcpSocket socket, bool initiator,
             const std::vector<HttpRequest>& requests, const Descriptor& local) {
  const auto state = socket.state();
  if (!state) return fail(exit_network, state.error());
  if (state->fell_back) return fail(exit_not_mptcp, "the connection fell back to plain TCP");
  const auto learnt = learn_keys(settings, sniffer, socket, initiator);
  if (!learnt) return tl::unexpected(learnt.error());
  const auto& [keys, hash] = *learnt;
  Channel channel(std::move(socket), make_encoder(settings.coder, {keys, !initiator}, hash),
                  make_decoder(settings.coder, {keys, initiator}, hash), settings.channel);
  if (local) {
    if (auto done = network(relay(channel, local)); !done) return done;
  } else if (!settings.send_file.empty()) {
    const auto outgoing = read_file(settings.send_file);
    if (!outgoing) return fail(exit_file, outgoing.error());
    if (auto done = network(send_and_receive(channel, *outgoing)); !done) return done;
  } else if (initiator) {
    const std::string host = fmt::format("{}:{}", settings.host, settings.port);
    if (auto done = network(fetch(channel, host, requests)); !done) return done;
  } else if (auto done = network(serve(channel, settings.root)); !done) {
    return done;
  }
  fmt::print("sent {} bytes, received {} bytes\n", channel.bytes_sent(), channel.bytes_received());
  return {};
}

tl::expected<Descriptor, std::string> accept_program(std::uint16_t port) {
  auto listener = LocalListener::open(port);
  if (!listener) return tl::unexpected(listener.error());
  fmt::print("relaying local port {}\n", port);
  std::fflush(stdout);
  return listener->accept();
}

Outcome run_client(const Settings& settings, KeySniffer* sniffer) {
  const auto address = parse_ip_address(settings.host);
  if (!address) return fail(exit_usage, fmt::format("\"{}\" is not an IP address", settings.host));
  std::vector<HttpRequest> requests;
  for (const std::string& text : settings.requests) {
    auto request = parse_request(text);
    if (!request) return fail(exit_usage, request.error());
    requests.push_back(std::move(*request));
  }
  for (unsigned i = 0; i < settings.connections; ++i) {
    Descriptor local;
    if (settings.relay_port) {
      auto program = accept_program(settings.relay_port);
      if (!program) return fail(exit_network, program.error());
      local = std::move(*program);
    }
    auto socket = MptcpSocket::connect({*address, settings.port}, settings.ipv6_socket);
    if (!socket) return fail(exit_network, socket.error());
    if (auto done = talk(settings, sniffer, std::move(*socket), true, requests, local); !done) return done;
  }
  return {};
}

Outcome run_server(const Settings& settings, KeySniffer* sniffer) {
  auto listener = MptcpListener::open(settings.port);
  if (!listener) return fail(exit_network, listener.error());
  fmt::print("listening on port {}\n", settings.port);
  std::fflush(stdout);
  for (unsigned i = 0; i < settings.connections; ++i) {
    auto socket = listener->accept();
    if (!socket) return fail(exit_network, socket.error());
    Descriptor local;
    if (settings.relay_port) {
      auto program = connect_local(settings.relay_port);
      if (!program) return fail(exit_network, program.error());
      local = std::move(*program);
    }
    if (auto done = talk(settings, sniffer, std::move(*socket), false, {}, local); !done) return done;
  }
  return {};
}

Outcome run(const Settings& settings, bool client) {
  std::unique_ptr<KeySniffer> sniffer;
  if (settings.needs_keys()) {
    auto opened = KeySniffer::open();
    if (!opened) return fail(exit_network, opened.error());
    sniffer = std::move(*opened);
  }
  return client ? run_client(settings, sniffer.get()) : run_server(settings, sniffer.get());
}

void add_common_options(CLI::App& app, Settings& settings, std::vector<std::string>& hooks) {
  ChannelSettings& channel = settings.channel;

  std::map<std::string, std::optional<Scheme>> schemes{{"plain", std::nullopt}};
  for (const auto& [word, scheme] : scheme_choices()) schemes.emplace(word, scheme);
  add_choice<std::optional<Scheme>>(app, "--scheme", settings.coder.scheme, schemes,
                                    "What is done to the stream (default paper)")
      ->group("Scrambling");
  add_register_options(app, settings.coder.init, settings.coder.order, "Scrambling");
  app.add_option("--key-log", settings.key_log,
                 "Append \"MPTCP_KEYS initiator listener\" to FILE (mode 0600)")
      ->option_text("FILE")
      ->group("Scrambling");

  CLI::Option* send =
      app.add_option("--send", settings.send_file, "Send FILE as the whole stream instead of speaking HTTP")
          ->option_text("FILE")
          ->check(CLI::ExistingFile)
          ->group("Content");
  app.add_option("--relay", settings.relay_port,
                 "Carry what programs say instead: connect waits for one on this port of 127.0.0.1, listen "
                 "connects to one")
      ->option_text("PORT")
      ->excludes(send)
      ->group("Content");
  app.add_option("--sent", channel.sent_file, "Save the plaintext that was sent")
      ->option_text("FILE")
      ->group("Content");
  app.add_option("--received", channel.received_file, "Save the plaintext that was received")
      ->option_text("FILE")
      ->group("Content");

  app.add_option("--head", channel.head, "Send the first N bytes alone; go on when they were acknowledged")
      ->option_text("N")
      ->group("Order of events");
  app.add_option("--after-head", channel.after_head, "Then run this shell command")
      ->option_text("COMMAND")
      ->group("Order of events");
  app.add_option("--subflows", channel.subflows, "Then wait until N subflows have joined")
      ->option_text("N")
      ->group("Order of events");
  app.add_option(
         "--on-received", hooks,
         "Run a shell command once when N bytes were received and the own head was acknowledged; repeatable")
      ->option_text("N:COMMAND")
      ->group("Order of events");
  app.add_option_function<unsigned>(
         "--delay", [&channel](unsigned ms) { channel.delay = std::chrono::milliseconds(ms); },
         "Wait before the first byte is sent")
      ->option_text("MS")
      ->group("Order of events");
  app.add_option("--chunk", channel.chunk, "Most bytes in one write (default 16384)")
      ->option_text("N")
      ->check(CLI::PositiveNumber)
      ->group("Order of events");
  app.add_option_function<unsigned>(
         "--pace", [&channel](unsigned ms) { channel.pace = std::chrono::milliseconds(ms); },
         "Pause after each write")
      ->option_text("MS")
      ->group("Order of events");
  app.add_option("--connections", settings.connections,
                 "Leave after N connections, one after the other (default 1)")
      ->option_text("N");
  app.add_option("-p,--port", settings.port, "TCP port (default 40404)")->option_text("PORT");
}

/// "N:COMMAND", or nothing if it is not.
std::optional<ReceiveHook> parse_hook(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == 0 || colon == std::string::npos || text.find_first_not_of("0123456789") != colon || colon > 12)
    return std::nullopt;
  return ReceiveHook{std::stoul(text.substr(0, colon)), text.substr(colon + 1)};
}

int main_of_peer(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App app("Talks over Linux MPTCP and scrambles in user space; the sender behind the captures.");
  app.footer(
      "Exit: 0 done, 1 usage, 2 file error, 3 network error, 4 no MPTCP. Needs CAP_NET_RAW unless plain.");
  app.require_subcommand(1);
  Settings settings;
  std::vector<std::string> hooks;

  CLI::App* client = app.add_subcommand("connect", "Be the initiator");
  client->add_option("host", settings.host, "IP address of the listener")->required();
  client
      ->add_option("--request", settings.requests,
                   "\"GET /name\" or \"POST /name FILE\"; repeatable, in order")
      ->option_text("TEXT")
      ->group("Content");
  client->add_flag("--ipv6-socket", settings.ipv6_socket,
                   "Reach IPv4 through an IPv6 socket, for mixed subflows");
  add_common_options(*client, settings, hooks);

  CLI::App* server = app.add_subcommand("listen", "Be the listener, on all addresses");
  server->add_option("--root", settings.root, "Serve the files of this folder (default .)")
      ->option_text("DIR")
      ->check(CLI::ExistingDirectory)
      ->group("Content");
  add_common_options(*server, settings, hooks);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? exit_done : exit_usage;
  }
  if (settings.coder.scheme && !is_available(*settings.coder.scheme)) {
    fmt::print(stderr, "mpscramble-peer: {}\n", why_unavailable);
    return exit_usage;
  }
  for (const std::string& text : hooks) {
    auto hook = parse_hook(text);
    if (!hook) {
      fmt::print(stderr, "mpscramble-peer: --on-received \"{}\": expected N:COMMAND\n", text);
      return exit_usage;
    }
    settings.channel.on_received.push_back(std::move(*hook));
  }
  const Outcome outcome = run(settings, client->parsed());
  if (outcome) return exit_done;
  fmt::print(stderr, "mpscramble-peer: {}\n", outcome.error().reason);
  return outcome.error().code;
}

}  // namespace
}  // namespace mps::peer

int main(int argc, char** argv) {
  return mps::peer::main_of_peer(argc, argv);
}
