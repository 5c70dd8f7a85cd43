// SPDX-License-Identifier: GPL-2.0-or-later
/// The style sheet of the HTML report: for a screen and for A4 paper, light only, no web fonts.
#pragma once

namespace mps::html {

inline constexpr const char* style_sheet = R"CSS(
@page { size: A4; margin: 14mm 13mm; }
* { box-sizing: border-box; }
html { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
body { font: 10.5pt/1.45 "Source Serif 4", "Noto Serif", Georgia, "DejaVu Serif", serif; color: #1b1b1b;
  max-width: 190mm; margin: 8mm auto; padding: 0 4mm; }
h1, h2, h3, th, .chart, .key, .box b.big, .label { font-family: "Noto Sans", "DejaVu Sans", Helvetica, Arial, sans-serif; }
h1 { font-size: 18pt; line-height: 1.2; margin: 0 0 1mm; }
h2 { font-size: 14pt; margin: 9mm 0 2mm; border-bottom: 1.5pt solid #0072B2; padding-bottom: 1mm; break-after: avoid; }
h3 { font-size: 11pt; margin: 6mm 0 1mm; break-after: avoid; }
p { margin: 1.5mm 0 2mm; }
.sub { color: #555; margin-top: 0; }
.boxes { display: grid; grid-template-columns: 1fr 1.25fr 1.25fr; gap: 4mm; margin: 5mm 0; }
.box { border: 0.75pt solid #bbb; border-top: 3pt solid #555; padding: 2.5mm 3mm; break-inside: avoid; font-size: 9.5pt; }
.box.claim { border-top-color: #555; } .box.measured { border-top-color: #E69F00; } .box.reason { border-top-color: #0072B2; }
.box h3 { margin: 0 0 1mm; }
.box b.big { display: block; font-size: 19pt; line-height: 1.15; }
.formula { font-size: 11pt; white-space: nowrap; margin: 1mm 0; font-style: italic; }
table { border-collapse: collapse; width: 100%; font-size: 9pt; margin: 1mm 0 2mm; }
th { font-size: 8pt; text-align: left; font-weight: 600; border-bottom: 1pt solid #555; padding: 1mm 2mm 0.5mm 0; vertical-align: bottom; }
td { border-bottom: 0.5pt solid #ddd; padding: 0.8mm 2mm 0.8mm 0; vertical-align: top; }
tr { break-inside: avoid; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
tr.main td { background: #fff6e0; }
figure { margin: 3mm 0 4mm; break-inside: avoid; }
figcaption { font-size: 9pt; color: #333; margin-top: 1mm; }
svg.chart { width: 100%; height: auto; display: block; }
svg.mini { width: 18mm; height: 2.6mm; margin-right: 1.5mm; vertical-align: -0.2mm; }
.label { font-size: 10.5px; fill: #333; } .strong { font-weight: 700; }
.axis { stroke: #333; stroke-width: 1; } .grid { stroke: #ddd; stroke-width: 0.7; }
.lane { fill: #efefef; } .carried { fill: #555; } .carried.untrusted { fill: #1b1b1b; } .carried.trusted { fill: #9a9a9a; }
.bar { fill: #56B4E9; } .bar.marked { fill: #D55E00; }
.chance { stroke: #1b1b1b; stroke-width: 1.1; stroke-dasharray: 5 3; }
.control { fill: none; stroke: #009E73; stroke-width: 1; }
.claim { fill: none; stroke: #1b1b1b; stroke-width: 2.2; } .diagonal { stroke: #999; stroke-width: 1; stroke-dasharray: 2 3; }
svg .exact { fill: #0072B2; } svg .inferred { fill: url(#p-inferred); } svg .unknown { fill: url(#p-unknown); }
svg .guess { fill: url(#p-guess); } svg .ringed { stroke: #7a5200; stroke-width: 1; }
.key { font-size: 8pt; display: flex; gap: 4mm; flex-wrap: wrap; margin: 1mm 0 2mm; }
.key svg { width: 5mm; height: 3mm; vertical-align: -0.3mm; margin-right: 1mm; }
.reading { display: grid; gap: 3mm; break-inside: avoid; }
.reading > div { min-width: 0; }
.reading h4, .pictures h4 { font: 600 8.5pt "Noto Sans", "DejaVu Sans", Helvetica, Arial, sans-serif; margin: 0 0 0.5mm; }
pre { font: 6.9pt/1.35 "DejaVu Sans Mono", "Liberation Mono", Consolas, monospace; margin: 0; padding: 1.5mm; border: 0.5pt solid #ccc; overflow: hidden; }
pre .exact { color: #00507d; background: #dcecf6; } pre .inferred { color: #4d3400; background: #fdeecb; }
pre .before { border-bottom: 1pt solid #b97f00; } pre .unknown { color: #8d3d69; background: #fbeef5; }
pre .unseen { color: #bbb; background: #f4f4f4; } pre .guess { color: #7a5a10; background: #fbf4e2; font-style: italic; }
pre .wrong { color: #fff; background: #D55E00; }
.pictures { display: flex; gap: 4mm; flex-wrap: wrap; break-inside: avoid; }
.pictures > div { flex: 1 1 30%; min-width: 45mm; } .pictures img { width: 100%; image-rendering: pixelated; border: 0.5pt solid #999; display: block; }
details { font-size: 8.5pt; margin: 1mm 0 2mm; } details pre { white-space: pre-wrap; overflow-wrap: anywhere; }
.note { font-size: 9pt; color: #444; } .warn { border-left: 3pt solid #D55E00; padding-left: 3mm; }
code { font: 8.5pt "DejaVu Sans Mono", "Liberation Mono", Consolas, monospace; overflow-wrap: anywhere; }
@media print { body { margin: 0; padding: 0; max-width: none; } details:not([open]) { display: none; } }
)CSS";

}  // namespace mps::html
