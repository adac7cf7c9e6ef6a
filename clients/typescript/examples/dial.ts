/** Scrubs a hopper, reserves the calls that are left, and reports what became of them. */
import { createClient } from '../src/index.ts'; // as installed: '@breakwater/client'

const breakwater = createClient({ url: process.env['BREAKWATER_URL'] ?? '' });
const leads = ['+13035550150', '+13035550139', '+16715550137'].map((number) => ({
  number,
  campaign: 'solar',
}));

const callable = [];
for await (const told of breakwater.decideAll(leads)) {
  if ('error' in told) console.log(`line ${told.index}: ${told.error.detail}`);
  else if (told.answer.verdict === 'permit') callable.push(told.question);
  else console.log(`${told.question.number}: ${told.answer.reasons.map(({ code }) => code).join(', ')}`);
}

for (const lead of callable) {
  const { placement, call_id, headline } = await breakwater.originate({ ...lead, place: false });
  if (placement !== 'reserved') {
    console.log(`${lead.number}: ${headline ?? placement}`);
    continue;
  }
  // Here your dialer dials, keeping the obligations, and then says what came of it.
  const { recorded } = await breakwater.reportResult(call_id, { outcome: 'no_answer' });
  console.log(`${lead.number}: ${recorded}`);
}
