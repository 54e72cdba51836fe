/**
 * No patient and no secret stands where it should not: values that occur nowhere else go through every flow of the real
 * processes, and everything that comes out of them is searched, in whatever form it may have been written (CK-S28 to S30).
 *
 * `VIGIL_TEST_LEAK_ROUNDS` repeats bad input, outages and crashes.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { judge } from '../support/canaries.js';
import { until } from '../support/until.js';
import { browse, IN_THE_HISTORY } from './leaks/browser.js';
import { everyRoute, rawRequests, sockets } from './leaks/bad-input.js';
import { commandLines, ECHOES, everyCommand } from './leaks/commands.js';
import { sendNames } from './leaks/devices.js';
import { brokenStore, crash } from './leaks/outages.js';
import { admit, breakGlass, erase, readRecord, readTrail } from './leaks/patients.js';
import { becomePhysician, failToSignIn, signIn, signOn } from './leaks/people.js';
import { PARTS, Scene } from './leaks/scene.js';
import { addSecrets, openToOthers, PUBLIC_FILES, WHERE_SECRETS_MUST_BE } from './leaks/secrets.js';

const ROUNDS = Number(process.env.VIGIL_TEST_LEAK_ROUNDS ?? 1);
const ARRIVES_MS = 30_000;
const ALLOWED = [...WHERE_SECRETS_MUST_BE, ECHOES];

/** Everything that people, devices, programs and accidents do to one patient; then the patient is erased. */
async function everything(scene: Scene): Promise<Record<string, number>> {
  const { probe, stack, provider } = scene;
  const enter = (username: string): Promise<string> => signIn(probe, stack, username);
  const [carol, dan, eve] = [await enter('carol'), await enter('dan'), await enter('eve')];
  const encounterId = await admit(probe, stack, carol);
  const physician = await becomePhysician(probe, stack);
  await signOn(probe, stack, provider, carol);
  await failToSignIn(probe, stack);
  const link = await scene.paged();
  for (const verb of ['GET', 'POST', 'POST']) {
    await probe.ask(stack, verb, `/api/v1/pages/${link}${verb === 'POST' ? '/accept' : ''}`, { keep: true });
  }
  await readRecord(probe, stack, carol, encounterId);
  await breakGlass(probe, stack, physician, eve);
  addSecrets(probe, stack);
  const browsed = Number(await browse(scene, link));
  let [routes, failed] = [0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    await sendNames(stack);
    for (const as of [carol, dan, eve]) routes = await everyRoute(probe, stack, as);
    await rawRequests(probe, stack);
    await sockets(probe, stack, carol);
    failed += await brokenStore(probe, stack, carol, physician);
    everyCommand(probe, stack, scene.tmp);
    addSecrets(probe, stack);
    await crash(probe, stack);
  }
  const rejects = async (): Promise<number> =>
    (await probe.done(stack, 'GET', '/api/v1/rejects', { as: dan, keep: true })).items.length as number;
  await until('what devices sent wrongly is kept', async () => (await rejects()) > 8, ARRIVES_MS);
  await scene.quiet();
  await erase(probe, stack, encounterId, carol, eve);
  const audited = await readTrail(probe, stack, eve);
  // Neither the outages nor the erasure have touched what was recorded.
  expect(stack.cli('verify-audit', '--state', join(scene.tmp, 'seen'))).toContain('entries');
  return { browsed, routes, failed, audited, rejects: await rejects(), processes: commandLines(probe, stack) };
}

test('no patient and no secret is in logs, metrics, refusals, pages, the audit trail or any file', async () => {
  const scene = await Scene.make();
  const { probe, stack } = scene;
  await stack
    .run(async () => {
      await scene.start();
      const figures = await everything(scene);
      await scene.keepPublic();
      scene.keepFiles();
      await stack.stop('gateway', 'platform', 'watchdog');
      scene.keepFiles();
      const allowed = figures.browsed === 1 ? [...ALLOWED, IN_THE_HISTORY] : ALLOWED;
      expect(judge(probe.found(), allowed)).toEqual({ leaks: [], unused: [] });
      expect(openToOthers(stack.dataDir)).toEqual(PUBLIC_FILES);
      expect(statSync(stack.dataDir).mode & 0o077).toBe(0);
      // The search has looked at what it says it has.
      expect(figures.failed).toBeGreaterThan(20);
      for (const part of ['hub', 'platform', 'gateway'] as const) expect(probe.linesOf(`log of ${part}`)).toBeGreaterThan(2);
      const lines = PARTS.reduce((sum, part) => sum + probe.linesOf(`log of ${part}`), 0);
      const { mailServer, webhook } = scene;
      const sent = { mails: mailServer.mails.length, calls: webhook.pages.length };
      const all = { ...figures, asked: probe.asked, canaries: probe.canaries.size, lines, ...sent };
      process.stdout.write(`${JSON.stringify({ name: 'leaks', rounds: ROUNDS, ...all, leaks: 0 })}\n`);
    })
    .finally(() => scene.end());
}, 600_000);
