import type { BedView, ScoreSettings } from '@vigil/contracts';
import { Dialog } from 'radix-ui';
import { useEffect, useRef, useState } from 'react';
import { troubleText } from '../../live/problem.js';
import { chart } from '../../live/scores-api.js';
import { uuid } from '../../live/uuid.js';
import { type Draft, draftProblems, EMPTY_DRAFT, itemsOf, NUMBERS, offersOf, previewOf } from '../../model/news2.js';
import { dayMinuteText } from '../../model/time-words.js';
import { Form, useSubmit } from '../../parts/form.js';
import { PatientLine } from '../../parts/patient-line.js';
import { useIdentity } from '../../shell/identity.js';
import { t } from '../../words/words.js';
import { Choice, NumberField } from './entry-fields.js';
import { partWord } from './part-words.js';

interface EntryProps {
  readonly view: BedView;
  readonly stay: NonNullable<BedView['encounter']>;
  readonly mrn: string | null;
  readonly settings: ScoreSettings;
  /** Null while the server does not answer: then no value is offered, because nobody could say how old it is. */
  readonly nowMs: number | null;
  /** Of the set that is charted anew; null for a new one. */
  readonly atMs: number | null;
  readonly onClose: () => void;
  readonly onCharted: (atMs: number) => void;
}

/** One set, in one pass from top to bottom. A device's value is only offered: each is taken over by a press of its own. */
export function EntryDialog(props: EntryProps) {
  const { view, stay, mrn, settings, atMs, onClose } = props;
  const isAmending = atMs !== null;
  return (
    <Dialog.Root open modal={false} onOpenChange={(open) => (open ? undefined : onClose())}>
      <Dialog.Portal>
        <Dialog.Content
          className="news-dialog"
          aria-describedby={undefined}
          onInteractOutside={(event) => event.preventDefault()}
        >
          <Dialog.Title>
            {isAmending ? t('observations:amendTitle', { at: dayMinuteText(atMs) }) : t('observations:entryTitle')}
          </Dialog.Title>
          <PatientLine encounter={stay} mrn={mrn} />
          <p className="field-hint">{t('observations:entryBed', { bed: view.label, scale: settings.spo2Scale })}</p>
          {isAmending ? <p className="state-note">{t('observations:amendNote')}</p> : null}
          <EntryForm {...props} />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function EntryForm({ view, stay, settings, nowMs, atMs, onClose, onCharted }: EntryProps) {
  const [draft, setDraft] = useState<Draft>(EMPTY_DRAFT);
  const [tried, setTried] = useState(false);
  // One key for one form: pressed twice, it is charted once. What was changed after a refusal is another command.
  const key = useRef(uuid());
  const { busy, error, run } = useSubmit();
  const { checked } = useIdentity();
  const form = useRef<HTMLDivElement>(null);
  // A set of earlier was not measured by what stands on the monitor now.
  const offers = atMs === null && nowMs !== null ? offersOf(view.readings, nowMs) : {};
  const problems = draftProblems(draft);
  const shown = tried ? problems : {};
  const preview = previewOf(draft, settings.spo2Scale);
  useEffect(() => form.current?.querySelector('input')?.focus(), []);
  const change = (next: Partial<Draft>): void => {
    key.current = uuid();
    setDraft((before) => ({ ...before, ...next }));
  };
  const submit = (): void => {
    setTried(true);
    const first = Object.keys(problems)[0];
    if (first !== undefined) return form.current?.querySelector<HTMLElement>(`[data-part=${first}] input`)?.focus();
    void run(async () => {
      const body = {
        items: itemsOf(draft, atMs !== null),
        validated: true,
        score: 'news2' as const,
        ...(atMs === null ? {} : { atMs: atMs as never }),
      };
      const answer = checked(await chart(stay.encounterId, body, key.current));
      if (!answer.ok) return troubleText(answer.trouble);
      onCharted(answer.value.atMs);
      return '';
    });
  };
  return (
    <Form error={error} onSubmit={submit}>
      <div className="news-fields" ref={form}>
        {NUMBERS.map(([part, metric]) => (
          <NumberField
            key={part}
            part={part}
            metric={metric}
            text={draft.numbers[part]}
            problem={shown[part]}
            offer={offers[part]}
            nowMs={nowMs ?? 0}
            onText={(text) => change({ numbers: { ...draft.numbers, [part]: text } })}
          />
        ))}
        <Choice
          name="oxygen"
          legend={partWord('supplementalOxygen')}
          value={draft.oxygen}
          problem={shown['oxygen']}
          options={[
            ['air', t('observations:oxygen.air')],
            ['oxygen', t('observations:oxygen.oxygen')],
          ]}
          onValue={(oxygen) => change({ oxygen, flow: oxygen === 'air' ? '' : draft.flow })}
        />
        {draft.oxygen === 'oxygen' ? (
          <NumberField
            part="flow"
            metric="oxygenFlow"
            text={draft.flow}
            problem={shown['flow']}
            nowMs={nowMs ?? 0}
            onText={(flow) => change({ flow })}
          />
        ) : null}
        <Choice
          name="consciousness"
          legend={partWord('consciousness')}
          value={draft.consciousness}
          problem={shown['consciousness']}
          options={(['A', 'C', 'V', 'P', 'U'] as const).map((each) => [each, t(`observations:acvpu.${each}`)] as const)}
          onValue={(consciousness) => change({ consciousness })}
        />
      </div>
      <p className="news-preview" role="status">
        {preview === null
          ? t('observations:previewNone', { count: Object.keys(problems).length })
          : t(preview.single ? 'observations:previewSingle' : 'observations:preview', { total: preview.total })}
      </p>
      <div className="dialog-buttons">
        <button type="submit" className="button primary" aria-disabled={busy}>
          {busy ? t('observations:sending') : t('observations:chartIt')}
        </button>
        <button type="button" className="button" onClick={onClose}>
          {t('observations:discard')}
        </button>
      </div>
      <p className="field-hint">{t('observations:notForAll')}</p>
    </Form>
  );
}
