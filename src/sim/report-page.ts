/** A simulated block as one HTML page that needs nothing else: figures, three plots as inline SVG, and the days as a table. */
import type { BlockReport } from './block.ts';
import { dropRate, type Sample } from './measures.ts';

export interface PageOf {
  readonly title: string;
  /** What was simulated, as name and value. */
  readonly facts: readonly (readonly [string, string])[];
  readonly report: BlockReport;
  readonly ceilingBp: number;
}

interface Line {
  readonly label: string;
  readonly color: string;
  readonly values: readonly number[];
}

interface Plot {
  readonly title: string;
  readonly unit: string;
  readonly lines: readonly Line[];
  readonly digits: number;
  /** Drawn across, with its label. */
  readonly mark?: { readonly at: number; readonly label: string };
}

const WIDTH = 960;
const HEIGHT = 220;
const LEFT = 52;
const BOTTOM = 24;
const TOP = 10;

const escaped = (text: string): string =>
  text.replace(
    /[&<>"]/g,
    (mark) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[mark] ?? mark,
  );

const percent = (share: number, digits = 2): string => `${(100 * share).toFixed(digits)} %`;

function svg({ title, unit, lines, digits, mark }: Plot, days: number): string {
  const points = Math.max(2, ...lines.map(({ values }) => values.length));
  const top = Math.max(mark?.at ?? 0, ...lines.flatMap(({ values }) => values)) * 1.08 || 1;
  const x = (index: number): number => LEFT + ((WIDTH - LEFT - 8) * index) / (points - 1);
  const y = (value: number): number => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top);
  const grid = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const at = y(share * top).toFixed(1);
    const label = (share * top).toFixed(digits);
    return `<line class="grid" x1="${LEFT}" x2="${WIDTH - 8}" y1="${at}" y2="${at}"/><text x="${LEFT - 6}" y="${at}" dy="4" text-anchor="end">${label}</text>`;
  });
  const every = Math.max(1, Math.ceil(days / 10));
  const dayMarks = Array.from({ length: Math.ceil(days / every) }, (_, index) => {
    const day = index * every;
    const at = LEFT + ((WIDTH - LEFT - 8) * day) / days;
    return `<text x="${at.toFixed(1)}" y="${HEIGHT - 6}">${day + 1}</text>`;
  });
  const drawn = lines.map(({ color, values }) => {
    const path = values.map((value, index) => `${x(index).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
    return `<polyline fill="none" stroke="${color}" stroke-width="1.5" points="${path}"/>`;
  });
  const marked =
    mark === undefined
      ? ''
      : `<line class="mark" x1="${LEFT}" x2="${WIDTH - 8}" y1="${y(mark.at).toFixed(1)}" y2="${y(mark.at).toFixed(1)}"/>`;
  const legend = [...lines, ...(mark === undefined ? [] : [{ label: mark.label, color: 'var(--mark)' }])]
    .map(({ label, color }) => `<span><i style="background:${color}"></i>${escaped(label)}</span>`)
    .join(' ');
  return `<figure><figcaption><b>${escaped(title)}</b>, ${escaped(unit)}. ${legend}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(title)} by day">${grid.join('')}${marked}${drawn.join('')}${dayMarks.join('')}</svg></figure>`;
}

const STYLE = `:root{color-scheme:light dark;--ink:#1c2430;--back:#fff;--faint:#d8dee6;--mark:#c0392b;--a:#1f77b4;--b:#e08a00}
@media(prefers-color-scheme:dark){:root{--ink:#e4e9f0;--back:#12171e;--faint:#303a46;--mark:#ff7262;--a:#62b0f0;--b:#ffb84d}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--back);max-width:62rem;margin:2rem auto;padding:0 1rem}
svg{width:100%;height:auto}svg text{font-size:11px;fill:var(--ink)}.grid{stroke:var(--faint)}.mark{stroke:var(--mark);stroke-dasharray:5 4}
figure{margin:1.5rem 0}figcaption i{display:inline-block;width:.8em;height:.8em;margin:0 .35em 0 .7em}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}th,td{text-align:right;padding:.15rem .8rem;border-bottom:1px solid var(--faint)}
th:first-child,td:first-child{text-align:left}`;

const row = (cells: readonly string[], tag: 'td' | 'th'): string =>
  `<tr>${cells.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`;

/** The whole page. The report must have been made with samples. */
export function reportPage({ title, facts, report, ceilingBp }: PageOf): string {
  const { days } = report;
  const samples: readonly Sample[] = days.flatMap((day) => day.samples);
  const of = (value: (sample: Sample) => number): readonly number[] => samples.map(value);
  const ceiling = { at: ceilingBp / 100, label: 'ceiling' };
  const plots: readonly Plot[] = [
    {
      title: 'Utilization',
      unit: 'percent of agent time with a call',
      digits: 0,
      lines: [{ label: 'half hours', color: 'var(--a)', values: of((sample) => 100 * sample.utilization) }],
    },
    {
      title: 'Drop rate of the prefix',
      unit: 'percent of live answers so far',
      digits: 1,
      mark: ceiling,
      lines: [
        { label: 'day', color: 'var(--a)', values: of((sample) => 100 * dropRate(sample.day)) },
        { label: 'block', color: 'var(--b)', values: of((sample) => 100 * dropRate(sample.block)) },
      ],
    },
    {
      title: 'Dial level',
      unit: 'lines ringing, waiting and talking per agent',
      digits: 2,
      lines: [{ label: 'half hours', color: 'var(--a)', values: of(({ level }) => level) }],
    },
  ];
  const figures: readonly (readonly [string, string])[] = [
    ...facts,
    ['utilization', percent(report.utilization)],
    ['drop rate of the block', percent(report.dropRate)],
    ['windows above the ceiling', `${report.windowsAbove} of ${report.windows}`],
    ['highest prefix of a day, 34 answers or more', percent(report.highestDayPrefix)],
    ['dials per connect', (report.dials / Math.max(1, report.connects)).toFixed(2)],
    ['mean wait of an agent', `${(report.meanAgentWaitMs / 1_000).toFixed(1)} s`],
  ];
  const dayRows = days.map((day, index) =>
    row(
      [
        String(index + 1),
        percent(day.busyMs / Math.max(1, day.presentMs)),
        String(day.day.liveAnswers),
        String(day.day.drops),
        percent(dropRate(day.day)),
        percent(day.highestDayPrefix),
        String(day.dials),
      ],
      'td',
    ),
  );
  const head = ['day', 'utilization', 'live answers', 'drops', 'drop rate', 'highest prefix', 'dials'];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escaped(title)}</title><style>${STYLE}</style></head><body>
<h1>${escaped(title)}</h1>
<table>${figures.map((pair) => row(pair, 'td')).join('\n')}</table>
${plots.map((plot) => svg(plot, days.length)).join('\n')}
<table>${row(head, 'th')}
${dayRows.join('\n')}</table>
</body></html>
`;
}
