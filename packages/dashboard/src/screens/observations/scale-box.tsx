import type { BedView, EncounterId, ScoreSettings } from '@vigil/contracts';
import { useState } from 'react';
import { troubleText } from '../../live/problem.js';
import { setScale } from '../../live/scores-api.js';
import { uuid } from '../../live/uuid.js';
import { dayMinuteText } from '../../model/time-words.js';
import { Form, useSubmit } from '../../parts/form.js';
import { PatientLine } from '../../parts/patient-line.js';
import { useStaffName } from '../../parts/use-staff-name.js';
import { queries } from '../../parts/use-load.js';
import { useIdentity } from '../../shell/identity.js';
import { t } from '../../words/words.js';

/** Which SpO2 scale counts and who decided it; changed by a physician, with a reason. */
export function ScaleBox(props: {
  readonly encounterId: EncounterId;
  readonly settings: ScoreSettings;
  readonly stay: NonNullable<BedView['encounter']>;
  readonly mrn: string | null;
}) {
  const { settings } = props;
  const { user } = useIdentity();
  const nameOf = useStaffName();
  const [changing, setChanging] = useState(false);
  const mayChange = user?.roles.includes('physician') === true;
  return (
    <section className="card news-box" aria-label={t('observations:scale')} data-box="scale">
      <h2>{t('observations:scale')}</h2>
      <p>
        <b>{t(`observations:scale.${settings.spo2Scale}`)}</b>
      </p>
      <p>
        {settings.setBy === null || settings.atMs === null
          ? t('observations:scaleUnset')
          : t('observations:scaleBy', { by: nameOf(settings.setBy), at: dayMinuteText(settings.atMs) })}
      </p>
      {settings.reason === null ? null : (
        <p>
          <bdi>{settings.reason}</bdi>
        </p>
      )}
      {changing ? (
        <ScaleForm {...props} onDone={() => setChanging(false)} />
      ) : mayChange ? (
        <button type="button" className="button no-print" onClick={() => setChanging(true)}>
          {t('observations:scaleChange')}
        </button>
      ) : (
        <p className="field-hint">{t('observations:scaleWho')}</p>
      )}
    </section>
  );
}

function ScaleForm({
  encounterId,
  settings,
  stay,
  mrn,
  onDone,
}: Parameters<typeof ScaleBox>[0] & { readonly onDone: () => void }) {
  const { busy, error, run } = useSubmit();
  const [key] = useState(uuid);
  /* What was on the screen when the form was opened, whatever is asked for anew behind it. */
  const [seen] = useState(settings);
  const { checked } = useIdentity();
  const next = seen.spo2Scale === 1 ? 2 : 1;
  const submit = (form: FormData): void => {
    const reason = String(form.get('reason') ?? '').trim();
    void run(async () => {
      if (reason === '') return t('observations:reasonMissing');
      const answer = checked(await setScale(encounterId, { spo2Scale: next, reason }, seen.rev, key));
      const isMoved = !answer.ok && answer.trouble.code === 'revision-moved';
      if (answer.ok || isMoved) await queries.invalidateQueries({ queryKey: ['scores', encounterId] });
      if (!answer.ok) return isMoved ? t('observations:scaleMoved') : troubleText(answer.trouble);
      onDone();
      return '';
    });
  };
  return (
    <Form error={error} onSubmit={submit}>
      <PatientLine encounter={stay} mrn={mrn} />
      <p>{t(`observations:scaleTo.${next}`)}</p>
      <label className="field">
        {t('observations:reason')}
        <input name="reason" maxLength={200} required />
      </label>
      <div className="dialog-buttons">
        <button type="submit" className="button primary" aria-disabled={busy}>
          {busy ? t('observations:sending') : t(`observations:scaleSet.${next}`)}
        </button>
        <button type="button" className="button" onClick={onDone}>
          {t('common:close')}
        </button>
      </div>
    </Form>
  );
}
