import { type PagingFacts, pagingProblem } from './paging-problem.js';

const fresh = { roundMs: 200, okMs: 200 };
const nothing = { escalationMs: null, pageMs: null };
const facts = (more: Partial<PagingFacts>): PagingFacts => ({
  ...{ loops: { escalator: fresh, 'page-sender': fresh }, overdue: nothing },
  ...more,
});

test.each<[string | null, Partial<PagingFacts>]>([
  [null, {}],
  [null, { overdue: { escalationMs: 10_000, pageMs: 30_000 } }],
  ['escalations-late', { overdue: { escalationMs: 10_001, pageMs: null } }],
  ['pages-late', { overdue: { escalationMs: null, pageMs: 30_001 } }],
  ['store-away', { overdue: null }],
  ['escalator-silent', { loops: { escalator: { roundMs: 10_001, okMs: 10_001 }, 'page-sender': fresh } }],
  // Rounds that only fail tell nobody of anything.
  ['escalator-silent', { loops: { escalator: { roundMs: 10, okMs: null }, 'page-sender': fresh } }],
  ['page-sender-silent', { loops: { escalator: fresh, 'page-sender': { roundMs: null, okMs: null } } }],
])('%s', (problem, more) => {
  expect(pagingProblem(facts(more))).toBe(problem);
});
