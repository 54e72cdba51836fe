import type { SelfTest } from '@vigil/contracts';
import { newestSelfTest, startSelfTest } from '../../live/office-api.js';
import { troubleText } from '../../live/problem.js';
import { hopsText, resultText, testText } from '../../model/system-words.js';
import { useStationIfAny } from '../../parts/hooks.js';
import { Form, useSubmit } from '../../parts/form.js';
import { Section, Table, TroubleNote, whenText } from '../../parts/parts.js';
import { queries, useLoad } from '../../parts/use-load.js';
import { useIdentity } from '../../shell/identity.js';
import { t } from '../../words/words.js';

const ASK_EVERY_MS = 2_000;
const KEY = ['self-test'];

/** Sends a test alarm the whole way, and says in seconds how it went, or where it ended. */
export function SelfTestPane({ live }: { live: boolean | null }) {
  const { checked } = useIdentity();
  const station = useStationIfAny();
  const { load, again } = useLoad(KEY, newestSelfTest, { everyMs: ASK_EVERY_MS });
  const { busy, error, run } = useSubmit();
  const submit = (): void =>
    void run(async () => {
      const answer = checked(await startSelfTest());
      if (!answer.ok) return troubleText(answer.trouble);
      await queries.invalidateQueries({ queryKey: KEY });
      return '';
    });
  const none = load.kind === 'failed' && load.trouble.code === 'not-found';
  const isRunning = load.kind === 'ready' && load.value.state === 'running';
  return (
    <Section title={t('system:selfTest')}>
      <p>{t('system:selfTestWhat')}</p>
      <Form error={error} onSubmit={submit}>
        <button type="submit" className="button primary" aria-disabled={busy || isRunning}>
          {busy ? t('system:selfTestSending') : t('system:selfTestNow')}
        </button>
      </Form>
      {load.kind === 'failed' && !none ? <TroubleNote trouble={load.trouble} again={again} /> : null}
      {none ? <p className="state-note">{t('system:selfTestNone')}</p> : null}
      {load.kind === 'ready' ? (
        <TestResult test={load.value} nowMs={station?.now()?.wallMs ?? load.value.endedAtMs ?? Date.now()} live={live} />
      ) : null}
    </Section>
  );
}

/** @param live whether this screen has a live picture; null: it has none to have */
export function TestResult({ test, nowMs, live }: { test: SelfTest; nowMs: number; live: boolean | null }) {
  const head = [t('system:colGateway'), t('system:colResult'), t('system:colHops')];
  const screen =
    live === null ? t('system:selfTestScreenNone') : live ? t('system:selfTestScreenLive') : t('system:selfTestScreenNot');
  return (
    <div className="self-test" data-state={test.state}>
      <p className="self-test-verdict" role="status">
        <b>{testText(test, nowMs)}</b> {test.state === 'running' ? null : screen}
      </p>
      <p className="state-note">{t('system:selfTestBy', { when: whenText(test.startedAtMs), who: test.startedBy })}</p>
      {test.gateways.length === 0 ? null : (
        <Table label={t('system:selfTestTable')} head={head}>
          {test.gateways.map((gateway) => (
            <tr key={gateway.gatewayId} data-need={gateway.state === 'failed'}>
              <th scope="row">{gateway.gatewayId}</th>
              <td>{gateway.state === 'failed' ? <b>{resultText(gateway)}</b> : resultText(gateway)}</td>
              <td>{hopsText(gateway)}</td>
            </tr>
          ))}
        </Table>
      )}
    </div>
  );
}
