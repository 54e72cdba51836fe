/**
 * A running demo (`npm start`), for scripts that take pictures of it or keep its answers: its accounts, a browser, and a day's work
 * that makes its screens show something.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';

const HOUR_MS = 3_600_000;

export class Demo {
  #cookies = new Map();

  /**
   * @param {string} url where the platform is
   * @param {string} accountsFile `demo-accounts.json` of its data folder
   */
  constructor(url, accountsFile) {
    this.url = url;
    const known = JSON.parse(readFileSync(accountsFile, 'utf8'));
    this.accounts = Array.isArray(known) ? known : known.accounts;
    this.contexts = [];
  }

  accountOf(username) {
    const account = this.accounts.find((each) => each.username === username);
    if (!account) throw new Error(`the demo has no ${username}`);
    return account;
  }

  async start() {
    this.browser = await chromium.launch({
      executablePath: process.env.VIGIL_TEST_CHROMIUM ?? '/usr/bin/chromium',
      args: [
        ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
        '--autoplay-policy=no-user-gesture-required',
      ],
    });
  }

  async stop() {
    await this.browser.close();
  }

  /** Of one person by REST, with a key of its own. What can't be done is said on stderr and is undefined: a day may be half done already. */
  async call(username, method, path, body, rev) {
    const isRead = method === 'GET';
    const origin = { origin: this.url };
    if (!this.#cookies.has(username)) {
      const { password } = this.accountOf(username);
      const signedIn = await fetch(`${this.url}/api/v1/session`, {
        ...{ method: 'POST', headers: { ...origin, 'content-type': 'application/json' } },
        body: JSON.stringify({ username, password }),
      });
      if (!signedIn.ok) throw new Error(`${username} can't sign in: ${signedIn.status}`);
      this.#cookies.set(
        username,
        signedIn.headers
          .getSetCookie()
          .map((each) => each.split(';')[0])
          .join('; '),
      );
    }
    const response = await fetch(`${this.url}/api/v1/${path}`, {
      method,
      headers: {
        ...origin,
        cookie: this.#cookies.get(username),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(isRead ? {} : { 'idempotency-key': randomUUID() }),
        ...(rev === undefined ? {} : { 'if-match': `"${rev}"` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) process.stderr.write(`${username} ${method} ${path}: ${response.status} ${text.slice(0, 200)}\n`);
    return response.ok && text !== '' ? JSON.parse(text) : undefined;
  }

  /** A page of somebody who is signed in; without a name, of nobody. */
  async visit(username, path, { viewport = { width: 1280, height: 800 }, settings = {}, ...more } = {}) {
    const context = await this.browser.newContext({ viewport, ...more });
    this.contexts.push(context);
    context.setDefaultTimeout(20_000);
    const kept = Object.entries(settings);
    await context.addInitScript((all) => all.forEach(([name, value]) => localStorage.setItem(name, value)), kept);
    const page = await context.newPage();
    const where = `${username ?? 'nobody'} ${path}`;
    page.on('pageerror', (error) => process.stderr.write(`${where}: ${error.message}\n`));
    page.on(
      'console',
      (m) => /Content Security|Minified React/.test(m.text()) && process.stderr.write(`${where}: ${m.text()}\n`),
    );
    if (username !== null) {
      const { password } = this.accountOf(username);
      const answer = await context.request.post(`${this.url}/api/v1/session`, {
        ...{ data: { username, password }, headers: { origin: this.url } },
      });
      if (!answer.ok()) throw new Error(`${username} can't sign in: ${answer.status()}`);
    }
    await page.goto(this.url + path);
    return page;
  }

  /** What people of the demo do before anybody looks. It can be done twice. */
  async prepare() {
    await this.chart();
    await this.onCall();
    await this.atBeds();
    await this.office();
  }

  /** Sets of NEWS2 from the admission until now, of which the last is the worst. */
  async chart() {
    const stay = 'demo-stay-3';
    const nowMs = (await this.call('amy', 'GET', `encounters/${stay}/scores`))?.nowMs ?? Date.now();
    const fromMs = (await this.call('amy', 'GET', 'beds/icu-3'))?.encounter?.sinceMs ?? nowMs;
    const sets = [
      [17, 97, 118, 76, 37.1, 'A', 'air'],
      [19, 95, 112, 88, 37.6, 'A', 'air'],
      [22, 94, 104, 98, 38.2, 'A', 'oxygen'],
      [24, 93, 99, 112, 38.9, 'A', 'oxygen'],
    ];
    for (const [i, [respirations, spo2, systolic, pulse, temperature, consciousness, oxygen]] of sets.entries()) {
      const number = (metric, value) => ({ item: 'number', metric, value });
      const atMs = Math.round(fromMs + 1_000 + ((nowMs - fromMs - 2_000) * i) / (sets.length - 1));
      await this.call('amy', 'POST', `encounters/${stay}/observations`, {
        items: [
          ...[number('respirationRate', respirations), number('spo2', spo2), number('nibpSystolic', systolic)],
          ...[number('heartRate', pulse), number('temperature', temperature)],
          ...[
            { item: 'consciousness', value: consciousness },
            { item: 'supplementalOxygen', value: oxygen },
          ],
        ],
        ...{ validated: true, score: 'news2', ...(i === sets.length - 1 ? {} : { atMs }) },
      });
    }
  }

  async onCall() {
    const nowMs = Date.now();
    const day = (n, hour) => new Date(new Date(nowMs).setUTCHours(hour, 0, 0, 0)).getTime() + n * 24 * HOUR_MS;
    const schedule = 'on-call/schedules/physicians';
    await this.call('fay', 'POST', `${schedule}/handover-notes`, {
      text: 'ICU 3 is on oxygen and tired since noon: look early. ICU 5 goes to theatre at seven.',
    });
    const off = { kind: 'remove', instead: 'ned', fromMs: day(2, 19), toMs: day(3, 7), reason: 'Ned is at a course.' };
    await this.call('carol', 'POST', `${schedule}/overrides`, off);
    const turns = await this.call('carol', 'GET', `${schedule}/shifts?from=${day(3, 7)}&to=${day(6, 7)}`);
    const give = turns?.shifts.find(({ staffId }) => staffId === 'fay');
    if (give) {
      const turn = { scheduleId: 'physicians', fromMs: give.fromMs, toMs: give.toMs };
      await this.call('fay', 'POST', 'on-call/swaps', { give: turn, to: 'ned' });
    }
    const rotation = {
      ...{
        rotationId: 'seniors',
        label: 'Senior on call',
        unit: 'week',
        every: 1,
        startDate: '2026-01-05',
        handoverTime: '08:00',
      },
      ...{ participants: ['fay'], hours: [{ weekdays: [1, 2, 3, 4, 5], from: '08:00', to: '18:00' }] },
    };
    await this.call('carol', 'POST', 'on-call/schedules', {
      ...{ scheduleId: 'seniors' },
      content: { v: 1, label: 'Seniors', careUnitId: 'icu', timeZone: 'UTC', rotations: [rotation] },
    });
  }

  async atBeds() {
    const { nowMs } = (await this.call('amy', 'GET', 'encounters/demo-stay-2/scores')) ?? { nowMs: Date.now() };
    await this.call('amy', 'POST', 'encounters/demo-stay-6/standby', { place: 'imaging', toMs: nowMs + HOUR_MS });
    await this.call('amy', 'POST', 'encounters/demo-stay-4/shelves', {
      ...{ conditionCode: 'heartRate.high', reason: 'treatment-known', toMs: nowMs + HOUR_MS, note: 'Agreed in the round.' },
    });
    const { items = [] } = (await this.call('amy', 'GET', 'encounters/demo-stay-2/limits')) ?? {};
    const heart = items.find(({ metric }) => metric === 'heartRate');
    const limits = { low: 55, high: 110, reason: 'Tell me early today.', toMs: nowMs + 4 * HOUR_MS };
    await this.call('amy', 'PUT', 'encounters/demo-stay-2/limits/heartRate', limits, heart?.rev ?? 0);
    /* A monitor that nobody has at a bed: what it sends waits in the tray. */
    const { items: spans = [] } = (await this.call('ben', 'GET', 'device-assignments?bed=icu-11&limit=50')) ?? {};
    for (const { assignmentId, rev, toMs } of spans)
      if (toMs === null) await this.call('ben', 'POST', `device-assignments/${assignmentId}/end`, {}, rev);
  }

  async policy() {
    const inForce = await this.call('carol', 'GET', 'policies/in-force?careUnit=icu');
    if (!inForce) return;
    const content = structuredClone(inForce.content);
    content.name = 'sooner at night';
    for (const route of content.routes) if (route.priorities.includes('high')) route.steps[0].waitS = 20;
    const draft = await this.call('dan', 'POST', 'policies', { content, careUnitIds: ['icu'] });
    if (!draft) return;
    await this.call('dan', 'POST', `policies/${draft.hash}/simulate`, { days: 1 });
    await this.call('dan', 'POST', `policies/${draft.hash}/propose`, { reason: 'Nights were long.' }, draft.rev);
  }

  async office() {
    /* Stations of the time before, which would be said to be dark. */
    const { items: stations = [] } = (await this.call('carol', 'GET', 'stations?limit=200')) ?? {};
    for (const { stationId, state } of stations)
      if (state !== 'revoked') await this.call('carol', 'DELETE', `stations/${stationId}`);
    await this.policy();
    await this.call('eve', 'POST', 'audit/holds', { patientId: 'demo-2', reason: 'complaint' });
    await this.call('gil', 'POST', 'self-tests');
    await this.call('amy', 'POST', 'break-glass', { patientId: 'demo-12', reason: 'emergency', text: 'Called to the bed.' });
    /* Ended at once: an open one stands above every screen. */
    const { items: open = [] } = (await this.call('amy', 'GET', 'break-glass/mine')) ?? {};
    for (const { grantId } of open) await this.call('amy', 'DELETE', `break-glass/${grantId}`);
    await this.call('carol', 'POST', 'stations', { careUnitId: 'icu', label: `Desk ${new Date().getUTCMinutes()}` });
  }
}
