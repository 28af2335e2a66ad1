/** Of the report's page. Results are told apart by words and shapes, not by colour alone. */
export const REPORT_STYLE = `
:root {
  color-scheme: light dark;
  --page: #fbfaf8; --card: #ffffff; --ink: #1d1b18; --soft: #6a655d; --line: #e4e0d8;
  --good: #2f6f9f; --bad: #c8321f; --track: #ece8e0;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #16171a; --card: #1f2125; --ink: #e9e6df; --soft: #a19c92; --line: #34373d;
    --good: #7ab6e0; --bad: #ff7a66; --track: #34373d;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
header, main { max-width: 1120px; margin: 0 auto; padding: 24px 20px 0; }
main { padding-bottom: 40px; }
h1 { margin: 0; font-size: 26px; }
h2 { margin: 0 0 4px; font-size: 19px; }
header p, .soft { color: var(--soft); }
header p { margin: 4px 0 0; }
header .totals { color: var(--ink); font-size: 17px; margin-top: 12px; }
.note { border-left: 3px solid var(--soft); padding-left: 10px; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 18px 20px; margin-bottom: 20px; }
section > p { margin: 0 0 8px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 7px 12px 7px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
tbody tr:last-child td { border-bottom: 0; }
th { color: var(--soft); font-weight: 600; font-size: 13px; white-space: nowrap; }
.n { text-align: right; white-space: nowrap; }
td small { display: block; color: var(--soft); font-size: 13px; }
.result { font-weight: 600; white-space: nowrap; }
.met { color: var(--good); } .missed { color: var(--bad); } .no_data { color: var(--soft); }
.bar { display: block; width: 90px; height: 6px; margin: 4px 0 0 auto; background: var(--track); border-radius: 3px; overflow: hidden; }
.bar i { display: block; height: 100%; background: var(--good); }
.bar.over i { background: var(--bad); }
.gap { color: var(--bad); }
@media print {
  :root { --page: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #bbb; --good: #1f5f8f; --bad: #b02010; --track: #ddd; }
  body { font-size: 10pt; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  header, main { max-width: none; padding: 0; }
  header { margin-bottom: 12pt; }
  section { border: 0; padding: 0; border-radius: 0; }
  tr { break-inside: avoid; } h2 { break-after: avoid; } thead { display: table-header-group; }
  .scroll { overflow: visible; }
  @page { size: A4 landscape; margin: 14mm; }
}
`;
