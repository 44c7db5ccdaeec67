/** One sheet for every page of the emulator; colours in light and dark, wide enough for 320 px. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#fbfaf9, #151413);
  --side: light-dark(#f1efec, #1c1a19);
  --ink: light-dark(#1f1c1a, #eeebe8);
  --soft: light-dark(#5c5651, #aea8a2);
  --rule: light-dark(#dedad5, #37332f);
  --edge: light-dark(#8d867f, #7d766f);
  --field: light-dark(#ffffff, #1f1d1b);
  --act: light-dark(#0a5bd0, #2f73e0);
  --act-over: light-dark(#084ba9, #4081e6);
  --link: light-dark(#0a5bd0, #82b1ff);
  --bad: light-dark(#b3261e, #ff9a92);
  --bad-wash: light-dark(#fcecea, #3a1d1b);
  --good: light-dark(#1a6b3c, #79d49d);
  --good-wash: light-dark(#e7f4ec, #17301f);
  --test: light-dark(#8a4b00, #ffc37a);
  --test-wash: light-dark(#fdf0dc, #35260f);
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif;
  -webkit-font-smoothing: antialiased;
}
a { color: var(--link); text-underline-offset: 0.15em; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
h1, h2, h3, p, dl, dd, ul, fieldset { margin: 0; }
ul { padding: 0; list-style: none; }
h1 { font-size: 1.25rem; font-weight: 600; line-height: 1.3; }
h2 { font-size: 1rem; font-weight: 600; }
.test-mode {
  margin: 0; padding: 0.375rem 1rem; background: var(--test-wash); color: var(--test);
  font-size: 0.8125rem; text-align: center;
}
.test-mode strong { font-weight: 600; }
.checkout { display: grid; min-height: calc(100vh - 2rem); grid-template-columns: 1fr 1fr; }
.checkout > * { padding: 3rem clamp(1rem, 5vw, 4.5rem); }
.summary { display: flex; flex-direction: column; gap: 1.5rem; background: var(--side); }
.summary > * { width: 100%; max-width: 26rem; margin-left: auto; }
.summary .back { font-size: 0.875rem; }
.merchant { color: var(--soft); font-size: 0.9375rem; }
.total { font-size: 2.25rem; font-weight: 600; letter-spacing: -0.02em; line-height: 1.2; font-variant-numeric: tabular-nums; }
.lines { display: grid; gap: 0.75rem; font-size: 0.9375rem; }
.lines > div { display: flex; justify-content: space-between; gap: 1.5rem; }
.lines dd { flex: none; font-variant-numeric: tabular-nums; }
.lines small { display: block; color: var(--soft); font-size: 0.8125rem; }
.lines .sum { padding-top: 0.75rem; border-top: 1px solid var(--rule); font-weight: 600; }
.pay, .narrow { display: flex; flex-direction: column; gap: 1.5rem; }
.pay > * { width: 100%; max-width: 26rem; }
.narrow { width: 100%; max-width: 40rem; margin: 0 auto; padding: 2.5rem 1rem 4rem; }
.narrow.slim { max-width: 28rem; }
form { display: grid; gap: 1.25rem; }
fieldset { min-width: 0; padding: 0; border: 0; display: grid; gap: 0.875rem; }
legend { padding: 0; font-weight: 600; margin-bottom: 0.5rem; }
.field { display: grid; gap: 0.3125rem; }
.field label, .pick label { font-size: 0.875rem; }
.two { display: grid; grid-template-columns: 1fr 1fr; gap: 0.75rem; }
input:not([type='radio'], [type='checkbox']), select {
  width: 100%; min-height: 2.75rem; padding: 0.5rem 0.75rem; border: 1px solid var(--edge); border-radius: 6px;
  background: var(--field); color: var(--ink); font: inherit; font-variant-numeric: tabular-nums;
}
input[aria-invalid='true'] { border-color: var(--bad); box-shadow: inset 0 0 0 1px var(--bad); }
input[type='radio'], input[type='checkbox'] { width: 1.125rem; height: 1.125rem; margin: 0.1875rem 0 0; accent-color: var(--act); flex: none; }
form:has(input[name='with']:not(#with-new):checked) .another { display: none; }
form:not(:has(input[name='with'])) .another legend { display: none; }
.pick { display: flex; gap: 0.625rem; align-items: flex-start; }
.pick small { display: block; color: var(--soft); }
.hint { color: var(--soft); font-size: 0.8125rem; }
.problem { color: var(--bad); font-size: 0.8125rem; }
.alert, .done { padding: 0.75rem 1rem; border-radius: 6px; font-size: 0.9375rem; }
.alert { background: var(--bad-wash); color: var(--bad); }
.done { background: var(--good-wash); color: var(--good); }
button, .button {
  display: inline-flex; align-items: center; justify-content: center; min-height: 2.75rem; padding: 0.5rem 1rem;
  border: 1px solid var(--edge); border-radius: 6px; background: var(--field); color: var(--ink);
  font: inherit; font-weight: 500; text-decoration: none; cursor: pointer;
}
button.main { border-color: var(--act); background: var(--act); color: #fff; }
button.main:hover { border-color: var(--act-over); background: var(--act-over); }
button.small { min-height: 2rem; padding: 0.25rem 0.75rem; font-size: 0.875rem; }
button.danger { color: var(--bad); }
.actions { display: flex; flex-wrap: wrap; gap: 0.75rem; }
.actions form { display: contents; }
details { border-top: 1px solid var(--rule); padding-top: 1rem; font-size: 0.875rem; }
summary { cursor: pointer; font-weight: 500; }
.cards { display: grid; gap: 0.125rem; margin-top: 0.75rem; }
.cards a { display: block; padding: 0.3125rem 0.5rem; margin: 0 -0.5rem; border-radius: 6px; color: inherit; text-decoration: none; }
.cards a:hover { background: var(--side); }
.cards b { font: 0.8125rem ui-monospace, monospace; color: var(--link); display: block; }
.rows > li { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem 1rem; padding: 0.75rem 0; border-top: 1px solid var(--rule); }
.rows > li > :first-child { flex: 1 1 12rem; }
.rows small { display: block; color: var(--soft); font-size: 0.8125rem; overflow-wrap: anywhere; }
.badge { padding: 0.0625rem 0.5rem; border-radius: 1rem; background: var(--side); font-size: 0.8125rem; }
.badge.good { background: var(--good-wash); color: var(--good); }
.badge.bad { background: var(--bad-wash); color: var(--bad); }
.paper { padding: clamp(1rem, 5vw, 2.5rem); border: 1px solid var(--rule); border-radius: 8px; background: var(--field); display: grid; gap: 1.5rem; }
.facts { display: grid; gap: 0.25rem; font-size: 0.9375rem; }
.facts > div { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1.5rem; }
.facts dt { color: var(--soft); }
.facts dd { overflow-wrap: anywhere; }
section { display: grid; gap: 0.75rem; }
@media (max-width: 44rem) {
  .checkout { grid-template-columns: 1fr; }
  .checkout > * { padding-top: 1.5rem; padding-bottom: 1.5rem; }
  .summary > *, .pay > * { max-width: none; }
}
`
