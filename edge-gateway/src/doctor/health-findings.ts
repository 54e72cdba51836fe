import { z } from 'zod';
import { fine, type Finding, mend } from './finding.js';

const ASK_MS = 2_000;
const Health = z.object({ reasons: z.array(z.string()), warnings: z.array(z.string()).default([]) });

/** What the gateway that runs here says of itself; nothing where none runs. */
export async function healthFindings(httpPort: number): Promise<Finding[]> {
  const what = 'health';
  const health = Health.safeParse(await ask(httpPort));
  if (!health.success) return [];
  const { reasons, warnings } = health.data;
  if (reasons.length + warnings.length === 0) return [fine(what, 'the gateway that runs here is well')];
  return [
    ...reasons.map((word) => mend(what, `the gateway that runs here takes no data now: ${word}; see the runbook`)),
    ...warnings.map((word) => mend(what, `the gateway that runs here says: ${word}; see the runbook`)),
  ];
}

async function ask(httpPort: number): Promise<unknown> {
  try {
    const signal = AbortSignal.timeout(ASK_MS);
    return await (await fetch(`http://127.0.0.1:${httpPort}/health/ready`, { redirect: 'error', signal })).json();
  } catch {
    return null;
  }
}
