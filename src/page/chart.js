/** A small chart of the drop rate since the page was opened: today, the block, the alert bands and the ceiling as dashed lines. */
import uPlot from './vendor/uPlot.esm.js';

const POINTS_MAX = 1_800;
/** The chart is never narrower than this: a page just opened shows an empty stretch, not one giant second. */
const SPAN_MIN_S = 60;

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export function createChart(parent, { ceiling_percent: ceiling, caution_percent, warning_percent }) {
  const data = [[], [], [], [], [], []];
  let plot = null;

  const size = () => ({
    width: Math.max(120, Math.floor(parent.clientWidth)),
    height: parent.clientHeight || 132,
  });

  function draw() {
    plot?.destroy();
    const axis = {
      stroke: css('--faint'),
      font: '11px ' + css('--sans'),
      grid: { stroke: css('--line'), width: 1 },
      ticks: { show: false },
    };
    const line = (label, color, more = {}) => ({
      label,
      stroke: css(color),
      width: 1.75,
      points: { show: false },
      paths: uPlot.paths.stepped({ align: 1 }),
      ...more,
    });
    plot = new uPlot(
      {
        ...size(),
        padding: [8, 4, 0, 0],
        cursor: { show: false },
        legend: { show: false },
        scales: {
          x: {
            time: true,
            range: (_plot, _min, max) => [Math.min(data[0][0] ?? max, max - SPAN_MIN_S), max],
          },
          y: { range: (_plot, _min, max) => [0, Math.max(ceiling * 1.35, (max ?? 0) * 1.15)] },
        },
        axes: [
          {
            ...axis,
            size: 24,
            gap: 6,
            space: 90,
            values: (_plot, ticks) => ticks.map(tickTime),
            grid: { show: false },
          },
          {
            ...axis,
            size: 40,
            gap: 6,
            space: 32,
            values: (_plot, ticks) => ticks.map((tick) => `${tick} %`),
          },
        ],
        series: [
          {},
          line('today', '--accent', { width: 2.25, fill: css('--accent-wash') }),
          line('block', '--second'),
          line('ceiling', '--bad', { width: 1.25, dash: [5, 4] }),
          line('caution', '--near-fill', { width: 1, dash: [1, 4] }),
          line('warning', '--near-fill', { width: 1, dash: [3, 4] }),
        ],
      },
      data,
      parent,
    );
  }

  new ResizeObserver(() => {
    if (plot !== null) plot.setSize(size());
  }).observe(parent);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => plot !== null && draw());

  return {
    /** One point per change and at most one per second; the latest point always stands at `now`. */
    add(now, today, block) {
      const last = data[0].length - 1;
      const row = [now, today, block, ceiling, caution_percent, warning_percent];
      const replaces = last >= 1 && now - data[0][last - 1] < 1;
      data.forEach((column, at) => (replaces ? (column[last] = row[at]) : column.push(row[at])));
      if (data[0].length > POINTS_MAX) data.forEach((column) => column.shift());
      if (plot === null) draw();
      else plot.setData(data);
    },
  };
}

function tickTime(seconds) {
  const at = new Date(seconds * 1000);
  const parts = [at.getHours(), at.getMinutes(), at.getSeconds()];
  return (parts[2] === 0 ? parts.slice(0, 2) : parts).map((part) => String(part).padStart(2, '0')).join(':');
}
