/** Of the backtest's page. Colours are told apart by people who see red and green alike. */
export const BACKTEST_STYLE = `
:root {
  color-scheme: light dark;
  --page: #fbfaf8; --card: #ffffff; --ink: #1d1b18; --soft: #6a655d; --line: #e4e0d8;
  --budget: #2f6f9f; --area: #2f6f9f26; --critical: #c8321f; --warning: #d98c0b;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #16171a; --card: #1f2125; --ink: #e9e6df; --soft: #a19c92; --line: #34373d;
    --budget: #7ab6e0; --area: #7ab6e033; --critical: #ff7a66; --warning: #f2b544;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
header, main { max-width: 1040px; margin: 0 auto; padding: 24px 20px 0; }
h1 { margin: 0; font-size: 26px; }
h2 { margin: 0 0 4px; font-size: 19px; }
h2 small, header p, .note { color: var(--soft); font-weight: normal; }
header p { margin: 4px 0 0; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 18px 20px; margin-bottom: 20px; }
section p { margin: 0 0 12px; }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--soft); font: 12px system-ui, sans-serif; }
.grid { stroke: var(--line); stroke-width: 1; }
.zero { stroke: var(--soft); stroke-width: 1; stroke-dasharray: 4 3; }
.curve { fill: none; stroke: var(--budget); stroke-width: 2; stroke-linejoin: round; }
.area { fill: var(--area); }
.critical { fill: var(--critical); }
.warning { fill: var(--warning); }
.track { fill: var(--line); }
.scroll { overflow-x: auto; margin-top: 14px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 6px 10px 6px 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { color: var(--soft); font-weight: 600; font-size: 13px; }
.n { text-align: right; padding-right: 0; padding-left: 14px; }
.good { color: var(--budget); }
`;
