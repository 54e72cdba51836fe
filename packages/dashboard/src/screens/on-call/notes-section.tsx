import { useId, useState } from 'react';
import { notes, writeNote } from '../../live/on-call-api.js';
import { onCallTroubleText } from '../../model/on-call-trouble.js';
import { momentText } from '../../model/time-words.js';
import { Form, useSubmit } from '../../parts/form.js';
import { Loaded, Section } from '../../parts/parts.js';
import { queries, useLoad } from '../../parts/use-load.js';
import { useIdentity } from '../../shell/identity.js';
import { t } from '../../words/words.js';
import { useNames } from './on-call-frame.js';

const NOTE_CHARS_MAX = 2_000;

/** What one shift writes for the next. It may name patients: looking at it is recorded, so it is asked for once. */
export function NotesSection({ scheduleId }: { scheduleId: string }) {
  const key = ['on-call', scheduleId, 'notes'];
  const { load, again } = useLoad(key, () => notes(scheduleId));
  const { nameOf } = useNames();
  const { checked } = useIdentity();
  const { busy, error, run } = useSubmit();
  const [kept, setKept] = useState(0);
  const id = useId();
  const isForbidden = load.kind === 'failed' && (load.trouble.code === 'forbidden' || load.trouble.code === 'not-found');
  const write = (form: FormData): void => {
    const text = String(form.get('text') ?? '').trim();
    void run(async () => {
      if (text === '') return t('onCall:needNote');
      const answer = checked(await writeNote(scheduleId, text));
      if (!answer.ok) return onCallTroubleText(answer.trouble);
      setKept((n) => n + 1);
      await queries.invalidateQueries({ queryKey: key });
      return '';
    });
  };
  return (
    <div id="notes">
      <Section title={t('onCall:notesTitle')}>
        {isForbidden ? (
          <p className="state-note">{t('onCall:notesNotYours')}</p>
        ) : (
          <>
            <Loaded load={load} again={again} what={t('onCall:whatNotes')}>
              {({ items }) =>
                items.length === 0 ? (
                  <p className="state-note">{t('onCall:noNotes')}</p>
                ) : (
                  <ul className="notes">
                    {items.map((note) => (
                      <li key={note.noteId}>
                        <b>{t('onCall:noteBy', { name: nameOf(note.by), at: momentText(note.atMs) })}</b>
                        <p dir="auto">{note.text ?? t('onCall:noteUnreadable')}</p>
                      </li>
                    ))}
                  </ul>
                )
              }
            </Loaded>
            <Form key={kept} error={error} onSubmit={write}>
              <div className="field">
                <label htmlFor={id}>{t('onCall:writeNote')}</label>
                <textarea id={id} name="text" rows={4} maxLength={NOTE_CHARS_MAX} aria-describedby={`${id}-hint`} />
                <span className="field-hint" id={`${id}-hint`}>
                  {t('onCall:writeNoteHint')}
                </span>
              </div>
              <button type="submit" className="button" aria-disabled={busy}>
                {busy ? t('onCall:saving') : t('onCall:keepNote')}
              </button>
            </Form>
            {kept > 0 && !error ? <p role="status">{t('onCall:noteKept')}</p> : null}
          </>
        )}
      </Section>
    </div>
  );
}
