import { useEffect, useRef } from 'react';
import { display } from '../model/display.js';
import { screenSettings } from '../model/screen-settings.js';
import { useSignal } from '../parts/hooks.js';
import { Said } from '../parts/said.js';
import { t } from '../words/words.js';

/** The browser's own dialog: it needs no style that the page's policy forbids. */
export function HelpDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const ref = useRef<HTMLDialogElement>(null);
  const { keys } = useSignal(screenSettings);
  const { acceptNeedsEnter } = useSignal(display);
  useEffect(() => {
    if (open) ref.current?.show();
    else ref.current?.close();
  }, [open]);
  const rows = [
    ['a', t(acceptNeedsEnter ? 'shell:key.aEnter' : 'shell:key.a')],
    ['k', t('shell:key.k')],
    ['m', t('shell:key.m')],
    ['n p', t('shell:key.np')],
    ['1 2 ⏎', t('shell:key.bed')],
    ['← ↑ → ↓', t('shell:key.arrows')],
    ['⏎', t('shell:key.enter')],
    ['r', t('shell:key.r')],
    ['e', t('shell:key.e')],
    ['g b·a·o·d·u', t('shell:key.g')],
    ['S', t('shell:key.S')],
    ['?', t('shell:key.help')],
    ['Esc', t('shell:key.Esc')],
  ] as const;
  return (
    <dialog
      ref={ref}
      className="help"
      aria-labelledby="help-title"
      onClose={onClose}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose();
      }}
    >
      <h2 id="help-title">{t('shell:helpAndKeys')}</h2>
      {keys ? null : <p>{t('shell:keysOff')}</p>}
      <dl>
        {rows.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <p>
        <Said>{t('shell:neverLarge')}</Said>
      </p>
      <p>{t('shell:undone')}</p>
      <p className="intended-use">{t('signIn:intendedUse')}</p>
      <button type="button" className="button primary" onClick={onClose}>
        {t('common:close')}
      </button>
    </dialog>
  );
}
