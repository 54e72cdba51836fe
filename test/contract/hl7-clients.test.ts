import { Hl7Server } from '../../src/adapters/hl7/hl7-server.js';
import { BedId } from '@vigil/contracts';
import { decideFeed, InvariantError } from '@vigil/domain';
import { RawSender, sendByLibrary, sendByPython } from '../support/hl7-clients.js';
import { pythonWithHl7 } from '../support/python-clients.js';
import { changeOf } from './feed-messages.js';
import { openTestStores, type TestStores } from './sql-fixture.js';

const settings = { encoding: 'utf-8' as const, mrnAuthority: 'HOSP', timeZone: 'UTC', processingIds: ['P'] };
const python = pythonWithHl7();
const PERSON = 'PROBE^Paula||19500304|F';

/** Messages of one stay, in order: in, to another bed, back, a change of name, out, back, out for good, and a merge. */
function stay(): readonly string[] {
  const message = (
    n: number,
    event: string,
    place: string,
    more: { readonly name?: string; readonly merged?: string } = {},
  ): string =>
    [
      `MSH|^~\\&|HIS|H|VIGIL|H|2026010208${String(n).padStart(2, '0')}00||ADT^${event}|lib-${n}|P|2.5.1`,
      `EVN||2026010208${String(n).padStart(2, '0')}`,
      `PID|1||M2^^^HOSP^MR||${more.name ?? PERSON}`,
      ...(more.merged === undefined ? [`PV1|1|I|${place}||||||||||||||||V2^^^VIS`] : [`MRG|${more.merged}^^^HOSP`]),
    ].join('\r');
  return [
    message(1, 'A04', ''),
    message(2, 'A01', 'ICU^2'),
    message(3, 'A02', 'IMC^1'),
    message(4, 'A12', 'ICU^2'),
    message(5, 'A08', 'ICU^2', { name: 'PROBAND^Paula||19500304|F' }),
    message(6, 'A03', 'ICU^2', { name: 'PROBAND^Paula||19500304|F' }),
    message(7, 'A13', 'ICU^2', { name: 'PROBAND^Paula||19500304|F' }),
    message(8, 'A40', '', { name: 'PROBAND^Paula||19500304|F', merged: 'M7' }),
    message(9, 'A11', 'ICU^2', { name: 'PROBAND^Paula||19500304|F' }),
  ];
}

describe('messages of a library that somebody else has written', () => {
  let stores: TestStores;
  let server: Hl7Server;
  let port: number;

  beforeEach(async () => {
    stores = await openTestStores();
    await stores.clock.advance(36 * 3_600_000);
    const at = { nowMs: stores.clock.nowMs(), wallMs: stores.clock.wallMs() };
    for (const [value, bedId] of [
      ['ICU^2', 'icu-2'],
      ['IMC^1', 'imc-1'],
    ] as const) {
      await stores.places.setAlias({ system: 'hl7:H', value }, BedId.parse(bedId), changeOf(at, 'dan'));
    }
    const news = { answered: () => undefined, closed: () => undefined, refused: () => undefined };
    server = new Hl7Server({
      ...{ inbound: stores.inbound, clock: stores.clock, settings, host: '127.0.0.1', port: 0, tls: null, news },
    });
    port = await server.start();
  });
  afterEach(async () => {
    await server.stop();
    await stores.end();
  });

  async function workAll(): Promise<readonly string[]> {
    const all: string[] = [];
    for (const id of await stores.feedRecords.next(1)) {
      const at = { nowMs: stores.clock.nowMs(), wallMs: stores.clock.wallMs() };
      const worked = await stores.feedRecords.work(id, decideFeed, changeOf(at));
      const decision = worked!.decision;
      all.push(
        `${worked!.kind}: ${decision.do === 'apply' ? 'apply' : decision.do === 'ignore' ? decision.why : decision.reason}`,
      );
      all.push(...(await workAll()));
    }
    return all;
  }

  /** Sends one message after the other. @returns MSA-1 of each answer */
  type Send = (toPort: number, messages: readonly string[]) => Promise<readonly string[]>;
  if ('missing' in python) process.stdout.write(`skipped: HL7 messages of the Python hl7 package (${python.missing})\n`);

  test.each<[string, Send]>([
    ['node-hl7-client', sendByLibrary],
    ...('missing' in python ? [] : [['hl7 of PyPI', (...of) => sendByPython(python.python, ...of)] as [string, Send]]),
  ])(
    '%s: each of A01 to A40 is acknowledged, kept and carried out in order',
    async (_library, send) => {
      expect(await send(port, stay())).toEqual(Array.from({ length: 9 }, () => 'AA'));
      expect(await workAll()).toEqual([
        'register: no-change',
        'admit: apply',
        'transfer: apply',
        'cancelTransfer: apply',
        'update: apply',
        'discharge: apply',
        'cancelDischarge: apply',
        'merge: not-our-unit',
        'cancelAdmit: apply',
      ]);
      expect((await stores.directory.bed(BedId.parse('icu-2')))?.encounter).toBeNull();
    },
    20_000,
  );

  test('what was kept and never answered is acknowledged when it comes again, and carried out once', async () => {
    const [, admission] = stay();
    let isKept: () => void = () => undefined;
    const kept = new Promise<void>((resolve) => void (isKept = resolve));
    const cut = new Hl7Server({
      ...{ clock: stores.clock, settings, host: '127.0.0.1', port: 0, tls: null },
      // The process ends right after the message is kept: nobody hears of it.
      inbound: {
        keep: async (...args) => {
          await stores.inbound.keep(...args);
          isKept();
          throw new InvariantError('the end of the process');
        },
      },
      news: { answered: () => undefined, closed: () => undefined, refused: () => undefined },
    });
    const first = await RawSender.to(await cut.start());
    first.send(admission!);
    await kept;
    expect(await first.answer()).toBeNull();
    await cut.stop();
    const again = await RawSender.to(port);
    again.send(admission!);
    expect(await again.answer()).toContain('MSA|AA|lib-2');
    again.end();
    expect(await workAll()).toEqual(['admit: apply']);
    expect((await stores.directory.bed(BedId.parse('icu-2')))?.encounter).toMatchObject({ patientId: 'pat-2' });
  });
});
