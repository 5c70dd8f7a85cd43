// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/table.h"

#include <gtest/gtest.h>

#include "tests/unit/analyzer/made_report.h"

namespace mps {
namespace {

std::string csv_of(View::Kind kind, const Options& options = {}) {
  return as_csv(make_table(kind, made_report(), options));
}

/// As RFC 4180 ends lines.
std::string csv(const std::string& lines) {
  std::string out;
  for (const char c : lines.substr(1)) out += c == '\n' ? "\r\n" : std::string(1, c);
  return out;
}

TEST(Table, OfConnections) {
  EXPECT_EQ(csv_of(View::Kind::connections), csv(R"(
connection,direction,version,scrambling,keys,subflows,state,length,captured,recovered,gaps,gap_bytes,retransmitted,reinjected,differing,sha256
0,c2s,v1,flag,handshake,2,complete,250,250,250,0,0,51,52,53,digest
0,s2c,v1,flag,key-log,2,partial,601,500,48,3,61,0,0,0,
1,c2s,,not-visible,,1,nothing,,66,0,0,0,0,0,0,
1,s2c,,not-visible,,1,empty,,0,0,0,0,0,0,0,
)"));
}

/// The HMAC is that of the direction's sender. A cell with a comma or a quotation mark is quoted.
TEST(Table, OfSubflows) {
  EXPECT_EQ(csv_of(View::Kind::subflows), csv(R"(
connection,subflow,kind,opened_by,initiator,listener,path,trust,direction,bytes,share,payload,segments,cut,token,hmac
0,0,initial,initiator,10.0.0.1:4000,10.0.0.2:80,lté0,trusted,c2s,200,80.0,202,33,34,,
0,1,join,listener,10.0.0.3:4001,10.0.0.2:80,"say ""a, b""",,c2s,50,20.0,51,44,0,00c0ffee,wrong
0,0,initial,initiator,10.0.0.1:4000,10.0.0.2:80,lté0,trusted,s2c,400,80.0,411,38,39,,
0,1,join,listener,10.0.0.3:4001,10.0.0.2:80,"say ""a, b""",,s2c,100,20.0,106,46,0,00c0ffee,right
1,0,join,listener,10.0.0.3:4001,10.0.0.2:80,"say ""a, b""",,c2s,50,75.8,51,44,0,00c0ffee,wrong
1,0,join,listener,10.0.0.3:4001,10.0.0.2:80,"say ""a, b""",,s2c,100,0.0,106,46,0,00c0ffee,right
)"));
}

TEST(Table, OfGaps) {
  EXPECT_EQ(csv_of(View::Kind::gaps), csv(R"(
connection,direction,from,to,bytes,dsn,reason
0,s2c,40,60,20,80041,"sent on subflow 1, whose mapping announces them; the packets are missing or cut"
0,s2c,60,90,30,80061,sent on another path: subflow 0 goes on without a hole in its own numbering
0,s2c,590,592,2,80591,not announced by any subflow of this capture
)"));
}

TEST(Table, OfChecksums) {
  EXPECT_EQ(csv_of(View::Kind::checksums), csv(R"(
connection,subflow,direction,right,wrong,not_judged
0,0,c2s,35,36,37
0,1,c2s,0,0,45
0,0,s2c,41,0,42
0,1,s2c,0,0,47
1,0,c2s,0,0,45
1,0,s2c,0,0,47
)"));
}

TEST(Table, OfAnomalies) {
  EXPECT_EQ(csv_of(View::Kind::anomalies), csv(R"(
frame,connection,subflow,kind,value,bytes,meaning
61,0,1,join-hmac-wrong,62,63,MP_JOIN HMAC does not match the keys
,1,0,subflow-reset,64,65,subflow was reset
)"));
}

TEST(Table, HasWhatIsSelected) {
  Options options;
  options.connection = 0;
  options.direction = Direction::listener_to_initiator;
  options.subflows = {1};
  options.fields = {"connection", "direction", "subflow", "hmac"};
  const auto fields = [&](View::Kind kind) {
    return as_fields(make_table(kind, made_report(), options), options).value_or("no such field");
  };
  EXPECT_EQ(fields(View::Kind::subflows), "0\ts2c\t1\tright\n");
  options.fields = {"subflow", "not_judged"};
  options.fields_header = true;
  options.fields_separator = ' ';
  EXPECT_EQ(fields(View::Kind::checksums), "subflow not_judged\n1 47\n");
  options.fields = {"from"};
  options.fields_header = false;
  EXPECT_EQ(fields(View::Kind::gaps), "40\n60\n590\n");
  options.direction = Direction::initiator_to_listener;
  EXPECT_EQ(fields(View::Kind::gaps), "");
  options.fields = {"direction", "state"};
  EXPECT_EQ(fields(View::Kind::connections), "c2s complete\n");
  options.connection = 1;
  options.fields = {"kind"};
  EXPECT_EQ(fields(View::Kind::anomalies), "subflow-reset\n");
}

/// Columns are of what is seen, not of bytes.
TEST(Table, StandsInColumnsWhateverTheNames) {
  const Table table{{{"name"}, {"n", true}, {"end"}},
                    {{"ééé", "é", "x"}, {"plain", "22", ""}, {"日本", "1", "y"}}};
  EXPECT_EQ(as_text(table),
            "name     n  end\n"
            "ééé      é  x\n"
            "plain   22\n"
            "日本     1  y\n");
}

}  // namespace
}  // namespace mps
