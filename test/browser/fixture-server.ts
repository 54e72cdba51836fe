import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { type AlarmView, type BedView, ClientHealth, DisplaySettings, type PagerView, type ReadingView } from '@vigil/contracts';
import { type Namespace, Server, type Socket } from 'socket.io';
import { contentPolicy } from '../../src/http/security-headers.js';

const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};
type Handshake = Pick<Socket['handshake'], 'headers' | 'auth'>;

const COOKIE = 'vigil_session=fixture';

export const ACCOUNT = { username: 'nurse', password: 'right-password' };

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

/** How the next commands are answered. */
export type CommandMode = 'answer' | 'changed' | 'refuse' | 'silent';

/**
 * A platform for the dashboard's tests: the real contract over node:http and socket.io, with a scripted ward. It sends
 * one tick a second and, with it, a delta that renews the readings of every bed in `running`.
 */
export class FixtureServer {
  readonly seen: Seen[] = [];
  beds: BedView[] = [];
  alarms: AlarmView[] = [];
  ended: AlarmView[] = [];
  readonly pages = new Map<string, PagerView>();
  readonly running = new Set<string>();
  /** What is sent on joining beside the content, by the name of the message: `careUnit.trends`, `limitsOff.board`, `device.status`. */
  readonly more = new Map<string, object>();
  /** Answers of REST, by method and path; before those that stand here for every test. */
  readonly rest = new Map<string, readonly [number, unknown]>();
  readonly clock = { rate: 1, demo: false, processing: true, ticking: true };
  mode: CommandMode = 'answer';
  pauses: { readonly pauseId: string; readonly stationId: string | null; readonly untilWallMs: number }[] = [];
  /** How the site says things, where it differs from the defaults. */
  display: object = {};
  /** What screens have said of themselves. */
  readonly health: ClientHealth[] = [];
  /** What the server says that it is. */
  buildId = 'x';
  acknowledgeEchoes = true;
  /** Of whoever signs in. */
  roles: readonly string[] = ['nurse'];
  /** Label of the station that the screen is; null for none. */
  station: string | null = null;
  private cursor = 10;
  private seq = 100;
  private reachable = true;
  private timer: NodeJS.Timeout | undefined;
  private readonly http = createServer((request, response) => void this.answer(request, response));
  private readonly io = new Server(this.http, { allowRequest: (_, done) => done(null, this.reachable) });
  private readonly dist: string;

  /** @param dist folder of the built dashboard */
  constructor(dist: string) {
    this.dist = dist;
    for (const name of ['/alarms', '/vitals']) this.serve(this.io.of(name));
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.http.listen(0, '127.0.0.1', resolve));
    this.timer = setInterval(() => this.second(), 1_000);
    return `http://127.0.0.1:${(this.http.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.io.close();
    this.http.closeAllConnections();
  }

  /** Starts a test from nothing, on the same port. */
  reset(beds: BedView[], alarms: AlarmView[] = []): void {
    Object.assign(this, {
      beds,
      alarms,
      ended: [],
      pauses: [],
      buildId: 'x',
      display: {},
      mode: 'answer',
      acknowledgeEchoes: true,
      station: null,
      roles: ['nurse'],
    });
    Object.assign(this.clock, { rate: 1, demo: false, processing: true, ticking: true });
    this.seen.length = 0;
    this.health.length = 0;
    this.pages.clear();
    this.more.clear();
    this.rest.clear();
    this.running.clear();
    for (const { bedId } of beds) this.running.add(bedId);
    this.connect();
  }

  /** The live channel goes down, as with a dead proxy; REST stays. */
  cut(): void {
    this.reachable = false;
    for (const name of ['/alarms', '/vitals']) this.io.of(name).disconnectSockets(true);
  }

  connect(): void {
    this.reachable = true;
  }

  send(bedId: string, readings: ReadingView[], skipSeq = 0): void {
    const bed = this.beds.find((b) => b.bedId === bedId);
    if (!bed) throw new Error(`no bed ${bedId}`);
    const changed = new Set(readings.map((r) => r.metric));
    bed.readings = [...bed.readings.filter((r) => !changed.has(r.metric)), ...readings];
    this.seq += 1 + skipSeq;
    this.delta([{ bedId, readings }]);
  }

  assign(bed: BedView): void {
    this.beds = this.beds.map((b) => (b.bedId === bed.bedId ? bed : b));
    this.io.of('/alarms').emit('assignment.event', { careUnitId: 'icu', bed });
  }

  /** Raises an alarm, or says how it is now. */
  announce(alarm: AlarmView): void {
    this.alarms = [...this.alarms.filter((a) => a.alarmId !== alarm.alarmId), alarm];
    this.cursor += 1;
    this.io.of('/alarms').emit('alarm.event', { careUnitId: 'icu', cursor: this.cursor, alarm });
  }

  /** Says something of the care unit beside numbers and alarms, on the channel of the alarms. */
  tell(event: string, message: object): void {
    this.io.of('/alarms').emit(event, message);
  }

  commands(): Seen[] {
    return this.seen.filter((s) => s.method === 'POST' && /\/(accept|acknowledge)$/.test(s.path));
  }

  private serve(namespace: Namespace): void {
    namespace.use((socket, next) => next(this.letsIn(socket.handshake) ? undefined : new Error('unauthorized')));
    namespace.on('connection', (socket) => {
      const hello = {
        v: 1,
        ...this.now(),
        staffId: 'staff-1',
        name: 'Karin Novak',
        roles: ['nurse'],
        buildId: this.buildId,
        demo: this.clock.demo,
      };
      socket.emit('hello', hello);
      socket.on('client.health', (raw: unknown) => this.health.push(ClientHealth.parse(raw)));
      socket.on('join', (_: unknown, reply: (answer: unknown) => void) => {
        reply({ ok: true });
        if (namespace.name === '/alarms')
          socket.emit('alarm.snapshot', { careUnitId: 'icu', cursor: this.cursor, alarms: this.alarms });
        else
          socket.emit('careUnit.snapshot', {
            careUnitId: 'icu',
            label: 'ICU A',
            seq: this.seq,
            serverWallMs: Date.now(),
            beds: this.beds,
          });
        const isVitals = (name: string): boolean => name.startsWith('careUnit.');
        for (const [name, message] of this.more)
          if (isVitals(name) === (namespace.name === '/vitals')) socket.emit(name, message);
        socket.emit('tick', this.tick());
      });
    });
  }

  private letsIn({ headers, auth }: Handshake): boolean {
    return auth['as'] === 'station' ? this.station !== null : (headers.cookie?.includes(COOKIE) ?? false);
  }

  private now(): { serverWallMs: number; eventMs: number; rate: number } {
    return { serverWallMs: Date.now(), eventMs: Date.now(), rate: this.clock.rate };
  }

  private tick(): object {
    return { ...this.now(), processing: this.clock.processing, streamLagMs: 40 };
  }

  private second(): void {
    if (!this.clock.ticking) return;
    const fresh = (r: ReadingView): boolean => r.intervalMs < 300_000 && r.quality === 'valid';
    const nowMs = Date.now();
    const renewed = (r: ReadingView): ReadingView => ({
      ...r,
      atMs: nowMs as ReadingView['atMs'],
      receivedWallMs: nowMs as ReadingView['atMs'],
    });
    const beds = this.beds.filter((b) => this.running.has(b.bedId));
    for (const bed of beds) bed.readings = bed.readings.map((r) => (fresh(r) ? renewed(r) : r));
    this.seq += 1;
    this.delta(beds.map((b) => ({ bedId: b.bedId, readings: b.readings.filter(fresh) })));
    for (const name of ['/alarms', '/vitals']) this.io.of(name).emit('tick', this.tick());
  }

  private delta(beds: object[]): void {
    this.io.of('/vitals').emit('careUnit.delta', { careUnitId: 'icu', seq: this.seq, serverWallMs: Date.now(), beds });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    if (path.startsWith('/socket.io')) return;
    const text = await new Response(request as unknown as ReadableStream).text();
    const body: unknown = text ? JSON.parse(text) : null;
    this.seen.push({ method: request.method ?? '', path, headers: request.headers, body });
    if (!path.startsWith('/api/')) return this.file(path, response);
    const [status, answer, headers] = this.api(`${request.method} ${path}`, request, body);
    if (status === 0) return;
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(answer === null ? '' : JSON.stringify(answer));
  }

  private api(what: string, request: IncomingMessage, body: unknown): [number, unknown, Record<string, string>?] {
    const signedIn = request.headers.cookie?.includes(COOKIE) ?? false;
    const user = { staffId: 'staff-1', username: 'nurse', name: 'Karin Novak', roles: this.roles, careUnitIds: ['icu'] };
    const session = { user, roles: this.roles, expiresAtMs: Date.now() + 900_000 };
    if (what === 'POST /api/v1/session') {
      const { username, password } = body as typeof ACCOUNT;
      const right = username === ACCOUNT.username && password === ACCOUNT.password;
      return right
        ? [200, session, { 'set-cookie': `${COOKIE}; HttpOnly; SameSite=Strict; Path=/` }]
        : [401, { status: 401, code: 'x' }];
    }
    const [, pageToken, pageCommand] =
      /^(?:GET|POST) \/api\/v1\/pages\/([^/]+)(?:\/(accept|decline|arrived|help|opened))?$/.exec(what) ?? [];
    if (pageToken) return this.page(pageToken, pageCommand ?? null, body as { readonly pageId?: string } | null, signedIn);
    if (what === 'GET /api/v1/station-session') {
      if (this.station === null) return [204, null];
      const station = { stationId: 'st-000000000001', careUnitId: 'icu', label: this.station, state: 'enrolled' };
      return [200, { ...station, createdMs: 1, lastSeenMs: null }];
    }
    if (what === 'GET /api/v1/display') return [200, DisplaySettings.parse(this.display)];
    if (!signedIn) return [401, { status: 401, code: 'unauthorized' }];
    if (what === 'GET /api/v1/session') return [200, session];
    const pause = this.pause(what, body as { readonly stationId?: string; readonly seconds?: number } | null);
    if (pause) return pause;
    const scripted = this.rest.get(what);
    if (scripted) return [scripted[0], scripted[1]];
    if (what === 'DELETE /api/v1/session') return [204, null, { 'set-cookie': 'vigil_session=; Max-Age=0; Path=/' }];
    if (what === 'GET /api/v1/alarms') return [200, { items: [...this.alarms, ...this.ended], next: null }];
    const [, shownId] = /^GET \/api\/v1\/alarms\/([^/]+)$/.exec(what) ?? [];
    if (shownId) return [200, this.alarms.find((a) => a.alarmId === shownId) ?? null];
    const [, alarmId, command] = /^POST \/api\/v1\/alarms\/([^/]+)\/(accept|acknowledge)$/.exec(what) ?? [];
    const alarm = this.alarms.find((a) => a.alarmId === alarmId);
    return alarm ? this.command(alarm, command === 'accept', String(request.headers['if-match'])) : [404, { status: 404 }];
  }

  /** Pauses of sound in the care unit. */
  private pause(what: string, body: { readonly stationId?: string; readonly seconds?: number } | null): [number, unknown] | null {
    const [, method, pauseId] = /^(\w+) \/api\/v1\/care-units\/icu\/audio-pauses(?:\/(.+))?$/.exec(what) ?? [];
    const nowMs = Date.now();
    if (method === 'GET') return [200, { items: this.pauses.filter(({ untilWallMs }) => nowMs < untilWallMs), next: null }];
    if (method === 'DELETE') {
      const ended = this.pauses.find((pause) => pause.pauseId === pauseId);
      this.pauses = this.pauses.filter((pause) => pause !== ended);
      return ended ? [200, ended] : [404, { status: 404 }];
    }
    if (method !== 'POST') return null;
    const times = { fromWallMs: nowMs, untilWallMs: nowMs + (body?.seconds ?? 0) * 1_000 };
    const pause = { pauseId: `pause-${nowMs}`, careUnitId: 'icu', stationId: body?.stationId ?? null, ...times, by: 'staff-1' };
    this.pauses = [...this.pauses, pause];
    return [201, pause];
  }

  private command(alarm: AlarmView, accepting: boolean, ifMatch: string): [number, unknown] {
    if (this.mode === 'silent') return [0, null];
    if (this.mode === 'refuse') return [500, { status: 500 }];
    const rev = accepting ? alarm.escalation.rev : alarm.rev;
    if (this.mode === 'changed' || ifMatch !== `"${rev}"`) return [412, { status: 412, code: 'changed' }];
    const { escalation } = alarm;
    const by = { acceptedBy: 'staff-1', acceptedByName: 'Karin Novak', acceptedAtMs: Date.now(), nextAtMs: null, nextName: null };
    const next = (
      accepting
        ? { ...alarm, escalation: { ...escalation, ...by, state: 'accepted', rev: escalation.rev + 1 } }
        : { ...alarm, acknowledgePending: true }
    ) as AlarmView;
    this.announce(next);
    if (!accepting && this.acknowledgeEchoes) {
      this.announce({
        ...next,
        rev: alarm.rev + 1,
        presence: 'ack',
        acknowledgePending: false,
        acknowledgedByName: 'Karin Novak',
      });
    }
    return [200, { alarm: next, repeated: false }];
  }

  private page(
    token: string,
    command: string | null,
    body: { readonly pageId?: string } | null,
    signedIn: boolean,
  ): [number, unknown] {
    const view = this.pages.get(token);
    if (!view) return [404, { status: 404 }];
    if (command === null) return [200, { ...view, serverWallMs: Date.now() }];
    if (command === 'opened') return [204, null];
    if (this.mode === 'silent') return [0, null];
    if (command === 'accept' && view.state !== 'open' && !signedIn) return [401, { status: 401 }];
    const next = { ...view, ...answered(command, view, body?.pageId) } as PagerView;
    this.pages.set(token, next);
    return [200, next];
  }

  private async file(path: string, response: ServerResponse): Promise<void> {
    const asset = extname(path) ? path : path.startsWith('/p/') ? '/pager.html' : '/index.html';
    try {
      const content = await readFile(join(this.dist, normalize(asset)));
      const policy = contentPolicy(`http://127.0.0.1:${(this.http.address() as AddressInfo).port}`);
      response.writeHead(200, { 'content-type': TYPES[extname(asset)] ?? 'text/plain', 'content-security-policy': policy });
      response.end(content);
    } catch {
      response.writeHead(404).end();
    }
  }
}

/** What the platform makes of an answer by a link, as far as the page shows it. */
function answered(command: string, view: PagerView, pageId: string | undefined): Readonly<Record<string, unknown>> {
  if (pageId !== undefined) return { others: view.others.filter((other) => other.pageId !== pageId) };
  if (command === 'decline') return { mine: 'declined' };
  if (command === 'arrived') return { mine: 'arrived', arriveByMs: null };
  if (command === 'help') return { mine: 'declined', state: 'used', acceptedByName: null, acceptedAtMs: null };
  const mine = view.state === 'open' ? 'accepted' : 'nothing';
  return { state: 'accepted', mine, acceptedByName: view.staffName, acceptedAtMs: Date.now(), nextAtMs: null };
}
