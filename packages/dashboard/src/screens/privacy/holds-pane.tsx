import { type AuditHold, HoldReason, PatientId } from '@vigil/contracts';
import { useState } from 'react';
import { holds, liftHold, setHold } from '../../live/office-api.js';
import { type Trouble, troubleText } from '../../live/problem.js';
import { ConfirmButton } from '../../parts/confirm-button.js';
import { Form, SelectField, TextField, useSubmit } from '../../parts/form.js';
import { useIdentity } from '../../shell/identity.js';
import { Loaded, Section, Table, TroubleNote, whenText } from '../../parts/parts.js';
import { useLoad } from '../../parts/use-load.js';
import { plainText } from '../../words/plain-text.js';
import { t } from '../../words/words.js';

const reasonText = (reason: HoldReason): string => t(`privacy:holdReason_${reason}`);

/** What is kept although its time is over: entries of one patient, or all. */
export function HoldsPane() {
  const { checked } = useIdentity();
  const { load, again } = useLoad(['audit', 'holds'], holds);
  const { busy, error, run } = useSubmit();
  const [made, setMade] = useState(0);
  const submit = (form: FormData): void => {
    const text = (name: string): string => String(form.get(name) ?? '').trim();
    const patientId = PatientId.safeParse(text('patient'));
    const reason = HoldReason.parse(text('reason'));
    const reference = text('reference');
    void run(async () => {
      if (!patientId.success && !form.has('all')) return t('privacy:holdWho');
      const whom = form.has('all') ? null : patientId.success ? patientId.data : null;
      const answer = checked(await setHold({ patientId: whom, reason, ...(reference ? { reference } : {}) }));
      if (!answer.ok) return troubleText(answer.trouble);
      setMade(made + 1);
      again();
      return '';
    });
  };
  return (
    <>
      <Section title={t('privacy:setHold')}>
        <p>{t('privacy:holdMeans')}</p>
        <Form key={made} error={error} onSubmit={submit}>
          <div className="fields">
            <TextField label={t('privacy:patientId')} name="patient" autoComplete="off" spellCheck={false} maxLength={64} />
            <label className="check">
              <input type="checkbox" name="all" /> {t('privacy:everything')}
            </label>
            <SelectField
              label={t('privacy:reason')}
              name="reason"
              options={HoldReason.options.map((each) => [each, reasonText(each)] as const)}
            />
            <TextField label={t('privacy:caseNumber')} name="reference" autoComplete="off" maxLength={40} />
            <button type="submit" className="button primary" aria-disabled={busy}>
              {t('privacy:setTheHold')}
            </button>
          </div>
        </Form>
      </Section>
      <Section title={t('privacy:holds')}>
        <Loaded load={load} again={again} what={t('privacy:theHolds')}>
          {({ items }) =>
            items.length === 0 ? (
              <p className="state-note">{t('privacy:holdsNone')}</p>
            ) : (
              <Table
                label={t('privacy:legalHolds')}
                head={[
                  ...[t('privacy:colHoldWhat'), t('privacy:colWhy'), t('privacy:colReference')],
                  ...[t('privacy:colSet'), t('privacy:colState')],
                ]}
              >
                {items.map((hold) => (
                  <HoldRow key={hold.holdId} hold={hold} onChanged={again} />
                ))}
              </Table>
            )
          }
        </Loaded>
      </Section>
    </>
  );
}

function HoldRow({ hold, onChanged }: { hold: AuditHold; onChanged: () => void }) {
  const { checked } = useIdentity();
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const lift = (): void =>
    void liftHold(hold.holdId).then((answer) =>
      checked(answer).ok ? onChanged() : setTrouble(answer.ok ? null : answer.trouble),
    );
  return (
    <tr>
      <td>{hold.patientId ?? t('privacy:everything')}</td>
      <td>{reasonText(hold.reason)}</td>
      <td>
        <bdi>{plainText(hold.reference) || '–'}</bdi>
      </td>
      <td>{t('privacy:byWhom', { when: whenText(hold.setAtMs), who: hold.setBy })}</td>
      <td>
        {hold.liftedAtMs === null ? (
          <ConfirmButton name={t('privacy:lift')} question={t('privacy:liftAsk')} onConfirm={lift} />
        ) : (
          t('privacy:lifted', { when: whenText(hold.liftedAtMs), who: hold.liftedBy ?? '–' })
        )}
        {trouble ? <TroubleNote trouble={trouble} /> : null}
      </td>
    </tr>
  );
}
