/** What supervisors watch, of all campaigns at once. The feed brings what changes from there on (`figures=on`). */
import type { LiveFigures } from '../../control/live-figures.ts';
import { answers } from '../problem.ts';
import type { App } from '../schema.ts';
import { FiguresSchema, viewFigures } from '../views/figures.ts';

export function figuresRoutes(app: App, figures: LiveFigures): void {
  app.get(
    '/v1/figures',
    {
      config: { scopes: ['supervisor', 'compliance'] },
      schema: {
        tags: ['campaigns'],
        summary: 'Figures of all campaigns, and the ledger entry they are true at',
        response: answers(FiguresSchema),
      },
    },
    async () => viewFigures(await figures.snapshot()),
  );
}
