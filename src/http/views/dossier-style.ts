/** The style sheet inside a dossier's page. It is allowed by its hash alone, so nothing else in the page can style or run. */
import { createHash } from 'node:crypto';

export const DOSSIER_STYLE = `
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1.25rem; font: 15px/1.5 Georgia, 'Times New Roman', serif; color: #1a1a1a; background: #fff; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .25rem; }
h2 { font-size: 1.2rem; margin: 2.25rem 0 .5rem; padding-bottom: .2rem; border-bottom: 2px solid #1a1a1a; }
h3 { font-size: 1rem; margin: 1.5rem 0 .4rem; }
p { margin: .4rem 0; }
.lead { font-size: 1.05rem; }
.note { color: #555; font-style: italic; }
.warn { padding: .5rem .75rem; border: 1px solid #8a1f11; color: #8a1f11; }
code, .num { font: .82em/1.45 ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; margin: .5rem 0 1rem; font-size: .92em; }
th, td { padding: .25rem .6rem .25rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid #d8d8d8; overflow-wrap: anywhere; }
thead { display: table-header-group; }
th { font-weight: 600; }
tbody th { width: 14rem; font-weight: 400; color: #444; }
blockquote { margin: .5rem 0 1rem; padding: .5rem .9rem; border-left: 3px solid #888; white-space: pre-wrap; overflow-wrap: anywhere; }
ul { margin: .3rem 0; padding-left: 1.2rem; }
section.item { break-inside: avoid; }
.permit { color: #17602e; }
.veto { color: #8a1f11; }
@media print {
  body { margin: 0; max-width: none; padding: 0; font-size: 10.5pt; }
  h2, h3 { break-after: avoid; }
  tr { break-inside: avoid; }
}
@page { margin: 18mm 16mm; }
`;

/** For the header of the answer, and inside the page for whoever opens the file later. */
export const DOSSIER_POLICY =
  `default-src 'none'; style-src 'sha256-${createHash('sha256').update(DOSSIER_STYLE).digest('base64')}'; ` +
  "base-uri 'none'; form-action 'none'";
