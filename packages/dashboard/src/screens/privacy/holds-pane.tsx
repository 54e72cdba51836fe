import { type AuditHold, HoldReason, PatientId } from '@vigil/contracts';
import { useState } from 'react';
import { holds, liftHold, setHold } from '../../live/office-api.js';
import { type Trouble, troubleText } from '../../live/problem.js';
import { ConfirmButton } from '../../parts/confirm-button.js';
import { Form, SelectField, TextField, useSubmit } from '../../parts/form.js';
import { useIdentity } from '../../shell/identity.js';
import { Loaded, Section, Table, TroubleNote, whenText } from '../../parts/parts.js';
import { useLoad } from '../../parts/use-load.js';

const REASONS = HoldReason.options.map((reason) => [reason, reason.replaceAll('-', ' ')] as const);

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
      if (!patientId.success && !form.has('all')) return 'Enter the id of the patient, or tick that everything is held.';
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
      <Section title="Set a hold">
        <p>While it stands, nothing of it is disposed of, and the patient&rsquo;s keys are not destroyed.</p>
        <Form key={made} error={error} onSubmit={submit}>
          <div className="fields">
            <TextField label="Patient id" name="patient" autoComplete="off" spellCheck={false} maxLength={64} />
            <label className="check">
              <input type="checkbox" name="all" /> everything
            </label>
            <SelectField label="Reason" name="reason" options={REASONS} />
            <TextField label="Case or file number" name="reference" autoComplete="off" maxLength={40} />
            <button type="submit" className="button primary" aria-disabled={busy}>
              Set the hold
            </button>
          </div>
        </Form>
      </Section>
      <Section title="Holds">
        <Loaded load={load} again={again} what="the holds">
          {({ items }) =>
            items.length === 0 ? (
              <p className="state-note">There are none.</p>
            ) : (
              <Table label="Legal holds" head={['What', 'Why', 'Reference', 'Set', 'State']}>
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
      <td>{hold.patientId ?? 'everything'}</td>
      <td>{hold.reason.replaceAll('-', ' ')}</td>
      <td>{hold.reference || '–'}</td>
      <td>
        {whenText(hold.setAtMs)} by {hold.setBy}
      </td>
      <td>
        {hold.liftedAtMs === null ? (
          <ConfirmButton name="Lift" question="Lift this hold?" onConfirm={lift} />
        ) : (
          `lifted ${whenText(hold.liftedAtMs)} by ${hold.liftedBy ?? '–'}`
        )}
        {trouble ? <TroubleNote trouble={trouble} /> : null}
      </td>
    </tr>
  );
}
