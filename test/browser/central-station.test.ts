import type { Browser, Page } from 'playwright-core';
import { axeViolations, builtDashboard, describeInChromium, launch, open, type Opened, until } from './browser.js';
import { ACCOUNT, FixtureServer } from './fixture-server.js';
import * as ward from './fixture-ward.js';

const { alarm, bed, emptyBed, reading } = ward;
const NONE = { value: null, unit: null, limit: null, side: null, samples: null, samplesExpected: null };

interface GridBox {
  readonly heightPx: number;
  readonly endPx: number;
  readonly scrolls: boolean;
}

describeInChromium('the central station and the bed in Chromium', () => {
  let browser: Browser;
  let fixture: FixtureServer;
  let url: string;
  let opened: Opened;
  let page: Page;

  beforeAll(async () => {
    fixture = new FixtureServer(await builtDashboard());
    url = await fixture.start();
    browser = await launch();
  }, 150_000);

  afterAll(async () => {
    await browser?.close();
    await fixture?.stop();
  });

  afterEach(async () => {
    const broken = opened.broken;
    await opened.context.close();
    expect(broken).toEqual([]);
  });

  async function station(path = '/', viewport?: { width: number; height: number }): Promise<void> {
    opened = await open(browser, 'about:blank', viewport);
    page = opened.page;
    await opened.context.request.post(`${url}/api/v1/session`, { data: ACCOUNT });
    await page.goto(url + path);
    await page.locator('.lamp[data-kind=live]').waitFor();
  }

  const tile = (n: number) => page.locator(`[data-bed-id=icu-${n}]`);
  const beds = () => page.locator('.tile-bed').allInnerTexts();
  const many = (count: number) => Array.from({ length: count }, (_, i) => bed(i + 1));

  test.each([
    [16, 'middle'],
    [64, 'dense'],
  ])('%d beds stand on one screen without scrolling, nothing of a number cut off', async (count, density) => {
    fixture.reset(many(count), [alarm({ n: 1, bed: 3 })]);
    await station();
    await tile(count).waitFor();
    expect(await page.getByTestId('grid').getAttribute('data-density')).toBe(density);
    // What stands above the grid may come a moment later, and moves it.
    await page.waitForFunction('document.documentElement.scrollHeight <= innerHeight', null, { timeout: 5_000 });
    const cut = `[...document.querySelectorAll('.num-digits')].filter((e) => {
      const inner = e.getBoundingClientRect(), outer = e.closest('.num').getBoundingClientRect();
      return inner.right > outer.right + 1 || inner.left < outer.left - 1;
    }).map((e) => e.textContent)`;
    expect(await page.evaluate(cut)).toEqual([]);
    expect(await axeViolations(page)).toEqual([]);
  });

  test('a density that a person chose is in the address and holds', async () => {
    fixture.reset(many(8));
    await station();
    await page.getByRole('button', { name: 'View' }).click();
    await page.getByRole('menuitemradio', { name: 'Dense (64 beds)' }).click();
    await page.waitForURL(/density=dense/);
    await page.locator('[data-testid=grid][data-density=dense]').waitFor();
    await page.reload();
    await page.locator('[data-testid=grid][data-density=dense]').waitFor();
  });

  test('what comes above the grid takes its room from the tiles within the same frame, and gives it back', async () => {
    fixture.reset(many(16));
    await station('/', { width: 1920, height: 1080 });
    await tile(16).waitFor();
    const shape = `(() => {
      const { height, bottom } = document.querySelector('[data-testid=grid]').getBoundingClientRect();
      return { heightPx: height, endPx: bottom, scrolls: document.documentElement.scrollHeight > innerHeight };
    })()`;
    const painted = 'await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));';
    const [before, under, after] = (await page.evaluate(`(async () => {
      const before = ${shape};
      const note = document.createElement('div');
      note.style.cssText = 'flex: none; block-size: 60px';
      document.querySelector('.beds').prepend(note);
      ${painted}
      const under = ${shape};
      note.remove();
      ${painted}
      return [before, under, ${shape}];
    })()`)) as GridBox[];
    expect(before?.scrolls).toBe(false);
    // The note and the gap below it.
    expect(under).toEqual({ ...before, heightPx: before!.heightPx - 68 });
    expect(after).toEqual(before);
  });

  test('a filter says loudly how many beds are hidden, and how many of them alarm', async () => {
    fixture.reset([bed(1), bed(4), bed(5)], [alarm({ n: 1, bed: 4 })]);
    fixture.beds[0] = bed(1, ward.steady(1), { nurses: [{ staffId: 'staff-1', name: 'Karin Novak', role: 'primary' }] as never });
    await station('/?show=mine');
    await page.getByText('1 BED IS HIDDEN: only my beds are shown.').waitFor();
    await page.getByText('1 of them has an alarm.').waitFor();
    expect(await beds()).toEqual(['Bed 1', 'Bed 5']);
    expect(await axeViolations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Show all beds' }).click();
    await tile(4).waitFor();
    expect(await page.locator('.filter-note').count()).toBe(0);
  });

  test('an order that a person asked for waits while a pointer is in the grid', async () => {
    fixture.reset(many(4));
    await station('/?sort=attention');
    await tile(2).hover();
    fixture.announce(alarm({ n: 1, bed: 4 }));
    await tile(4).locator('.tile-alarm[data-priority=high]').waitFor();
    await page.getByText('the order waits until you leave the grid').waitFor();
    expect(await beds()).toEqual(['Bed 1', 'Bed 2', 'Bed 3', 'Bed 4']);
    const leftMs = performance.now();
    await page.mouse.move(5, 5);
    await page.locator('.grid-tiles > :first-child[data-bed-id=icu-4]').waitFor();
    expect(performance.now() - leftMs).toBeGreaterThan(450);
    expect(await beds()).toEqual(['Bed 4', 'Bed 1', 'Bed 2', 'Bed 3']);
  });

  test('one lost gateway is one chip with its beds, and the silence of those beds is not told again', async () => {
    const lost = many(6).map((each, i) => (i >= 2 && i <= 4 ? { ...each, coverageLost: true } : each));
    const technical = { kind: 'technical', metric: null, evidence: NONE } as const;
    const gateway = {
      ...technical,
      bedId: null,
      gatewayId: 'g-2',
      bedLabel: 'g-2',
      encounterId: null,
      conditionCode: 'gatewayLost',
    };
    fixture.reset(lost, [
      alarm({ n: 1, bed: 1 }, gateway as never),
      alarm({ n: 2, bed: 3 }, { ...technical, conditionCode: 'noData' }),
    ]);
    await station();
    const cause = page.locator('.chip.cause');
    expect(await cause.innerText()).toContain('Gateway g-2 lost');
    expect(await cause.innerText()).toContain('Bed 3–Bed 5');
    expect(await page.locator('.attention .chip').count()).toBe(1);
    expect(await axeViolations(page)).toEqual([]);
  });

  test('standby says where, until when and who said so; silence without a word is still NO DATA', async () => {
    fixture.reset([bed(1, [reading('heartRate', 72, { agoMs: 15_000 })]), bed(2, [reading('heartRate', 72, { agoMs: 15_000 })])]);
    fixture.running.clear();
    const nowMs = Date.now();
    const row = {
      bedId: 'icu-1',
      bedLabel: 'Bed 1',
      careUnitId: 'icu',
      encounterId: 'enc-1',
      kind: 'standby',
      metric: null,
      deviceId: null,
    };
    const board = {
      ...row,
      sinceMs: nowMs - 60_000,
      untilMs: nowMs + 600_000,
      by: 'staff-1',
      conditionCode: null,
      isWaiting: false,
      stationId: null,
    };
    fixture.more.set('limitsOff.board', { careUnitId: 'icu', rows: [board], cut: false });
    const stay = { standbyId: 's', encounterId: 'enc-1', bedId: 'icu-1', place: 'imaging', fromMs: nowMs, toMs: nowMs + 600_000 };
    const answer = { ...stay, endedMs: null, cause: null, setBy: 'staff-1', note: null, remindMs: nowMs };
    fixture.rest.set('GET /api/v1/care-units/icu/standby', [200, { items: [answer], next: null }]);
    await station();
    await tile(1).getByText('STANDBY').waitFor();
    expect(await tile(1).innerText()).toMatch(/imaging · since \d\d:\d\d · back by \d\d:\d\d · said by Sam Reed/);
    await tile(2).getByText('NO DATA FROM BED').waitFor();
    await page.getByText(/NOT reporting: Bed 2\. On standby: Bed 1\./).waitFor();
  });

  test('a number that two devices claim is not shown', async () => {
    const conflict = { conditionCode: 'channelConflict', kind: 'technical', metric: 'heartRate', evidence: NONE } as const;
    fixture.reset([bed(1, [reading('heartRate', 72), reading('spo2', 97)])], [alarm({ n: 1, bed: 1 }, conflict)]);
    await station();
    await tile(1).locator('[data-cell=hr]').getByText('TWO DEVICES').filter({ visible: true }).waitFor();
    expect(await tile(1).locator('[data-cell=hr] .num-digits').innerText()).toBe('-?-');
    expect(await tile(1).locator('[data-cell=spo2] .num-digits').innerText()).toBe('97');
  });

  test('an empty bed leads to the way in for a patient; small curves go on from what the server kept', async () => {
    const nowMs = Date.now();
    fixture.reset([bed(1), emptyBed(2)]);
    const means = Array.from({ length: 60 }, (_, i) => (i > 20 && i < 30 ? null : 70 + (i % 5)));
    const trends = {
      careUnitId: 'icu',
      fromMs: nowMs - 3_600_000,
      everyMs: 60_000,
      beds: [{ bedId: 'icu-1', encounterId: 'enc-1', metric: 'heartRate', means }],
    };
    fixture.more.set('careUnit.trends', trends);
    await station();
    const path = (): Promise<string | null> => tile(1).locator('[data-cell=hr] .num-spark path').getAttribute('d');
    await page.waitForFunction(`document.querySelector('[data-cell=hr] .num-spark path').getAttribute('d').length > 100`);
    expect((await path())?.match(/M/g)?.length).toBeGreaterThanOrEqual(2);
    expect(await tile(2).getByRole('link', { name: 'Admit' }).getAttribute('href')).toBe('/admit?bed=icu-2');
  });

  test('names of 200 letters with markup and turned-round text change nothing else', async () => {
    const displayName = `\u202e<img src=x onerror="document.title='x'">${'W'.repeat(150)}`;
    const encounter = { ...bed(1).encounter!, displayName };
    fixture.reset([bed(1, ward.steady(1), { encounter }), bed(2)]);
    await station('/', { width: 1280, height: 800 });
    expect(await tile(1).locator('.tile-name').innerText()).toContain('<img');
    expect(await page.locator('.tile img').count()).toBe(0);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  });

  describe('one bed', () => {
    const line = { metric: 'heartRate', low: 50, high: 120, unit: { low: 50, high: 120 }, own: null, rev: 0 };
    const who = { patientId: 'pat-2', mrn: 'M-22', familyName: 'Smith', givenName: 'John', birthDate: '1971-11-19', sex: 'male' };

    function theBed(): void {
      fixture.reset([bed(1), bed(2)], [alarm({ n: 1, bed: 2 })]);
      fixture.rest.set('GET /api/v1/beds/icu-2', [200, fixture.beds[1]]);
      fixture.rest.set('GET /api/v1/patients/pat-2', [200, who]);
      const course = { bedId: 'icu-2', metric: 'heartRate', unit: '/min', items: [], gaps: [], nextMs: null, next: null };
      fixture.rest.set('GET /api/v1/beds/icu-2/history', [200, course]);
      fixture.rest.set('GET /api/v1/encounters/enc-2/limits', [200, { items: [line], next: null }]);
    }

    test('has a banner that stays in sight below the alarm bar, with two identifiers, and numbers that are live', async () => {
      theBed();
      await station('/b/icu-2', { width: 1280, height: 800 });
      const banner = page.locator('.bed-banner');
      await banner.getByText('M-22', { exact: true }).waitFor();
      const text = await banner.innerText();
      for (const part of ['SMITH, John', '19-Nov-1971 (', 'male', 'Aiko Mori', 'Bed 2']) expect(text).toContain(part);
      expect(await page.locator('.bed-grid [data-cell=hr] .num-digits').innerText()).toBe('78');
      await page.evaluate('scrollTo(0, document.documentElement.scrollHeight)');
      const box = (await banner.boundingBox())!;
      const bar = (await page.locator('.bar').boundingBox())!;
      expect(box.y).toBeGreaterThanOrEqual(bar.y + bar.height - 2);
      expect(box.y).toBeLessThan(200);
      expect(await axeViolations(page)).toEqual([]);
      expect(await page.title()).not.toContain('SMITH');
      await page.setViewportSize({ width: 390, height: 844 });
      /* Tables scroll by themselves. */
      const outside = `[...document.querySelectorAll('main *')]
        .filter((e) => !e.closest('.table-pane > *') && e.getBoundingClientRect().width > innerWidth).map((e) => e.className)`;
      // Charts are drawn anew for the width a moment later.
      await page.waitForTimeout(800);
      expect(await page.evaluate(outside)).toEqual([]);
    });

    test('takes own limits for whoever the wristband names, once, with the revision that was seen, and not for anybody else', async () => {
      theBed();
      const own = {
        low: 55,
        high: 110,
        reason: 'x',
        setBy: 'staff-1',
        setByName: 'Karin Novak',
        fromMs: 1,
        toMs: Date.now() + 3_600_000,
      };
      fixture.rest.set('PUT /api/v1/encounters/enc-2/limits/heartRate', [200, { ...line, low: 55, high: 110, own, rev: 1 }]);
      await station('/b/icu-2');
      await page.getByRole('button', { name: 'Change the limits of Heart rate' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText('SMITH, John').waitFor();
      expect(await axeViolations(page)).toEqual([]);
      await dialog.getByLabel('Low (/min)').fill('55');
      await dialog.getByLabel('High (/min)').fill('130');
      await dialog.getByText('WIDER than the unit has it').waitFor();
      await dialog.getByLabel('High (/min)').fill('5x');
      await dialog.getByRole('button', { name: 'Set these limits' }).click();
      await dialog.getByText('A limit is a number').waitFor();
      await dialog.getByLabel('High (/min)').fill('110');
      await dialog.getByLabel('Why (for colleagues)').fill('after surgery');
      const identity = dialog.locator('.identity-field input');
      await identity.fill('M-1');
      await dialog.getByRole('button', { name: 'Set these limits' }).click();
      await dialog.getByText('Type or scan an identifier of the wristband first.').waitFor();
      const sent = () => fixture.seen.filter(({ method }) => method === 'PUT');
      expect(sent()).toEqual([]);
      await identity.fill('M-22');
      await dialog.getByRole('button', { name: 'Set these limits' }).click();
      await until(() => sent().length === 1, 'the limits');
      expect(sent()[0]?.body).toMatchObject({ low: 55, high: 110, reason: 'after surgery' });
      expect(sent()[0]?.headers['if-match']).toBe('"0"');
      expect(sent()[0]?.headers['idempotency-key']).toMatch(/^[0-9a-f-]{36}$/);
      await dialog.waitFor({ state: 'detached' });
      expect(sent()).toHaveLength(1);
    });

    test('of another person than before begins anew', async () => {
      theBed();
      await station('/b/icu-2');
      await page.locator('.bed-banner').getByText('M-22', { exact: true }).waitFor();
      const next = { ...bed(2).encounter!, encounterId: 'enc-9', patientId: 'pat-9', displayName: 'OTHER, Ann' } as never;
      fixture.rest.set('GET /api/v1/beds/icu-2', [200, bed(2, [], { encounter: next })]);
      fixture.rest.set('GET /api/v1/patients/pat-9', [
        200,
        { ...who, patientId: 'pat-9', mrn: 'M-99', familyName: 'Other', givenName: 'Ann' },
      ]);
      fixture.assign(bed(2, [], { encounter: next }));
      await page.locator('.bed-banner').getByText('M-99', { exact: true }).waitFor();
      expect(await page.getByText('M-22').count()).toBe(0);
      expect(await page.locator('.bed-grid [data-cell=hr] .num-digits').innerText()).toBe('–');
    });
  });
});
