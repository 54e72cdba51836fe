import './styles/tokens.css';
import './styles/shell.css';
import './styles/grid.css';
import './styles/alarms.css';
import './styles/office.css';
import './styles/sign-in.css';
import { createRoot } from 'react-dom/client';
import { RouterProvider } from '@tanstack/react-router';
import { deadMan } from './live/dead-man.js';
import { loadDisplay } from './live/display-api.js';
import { keepFiles } from './live/service-worker.js';
import { display } from './model/display.js';
import { languageWanted, startScreenSettings } from './model/screen-settings.js';
import { preloadParts } from './parts/later.js';
import { startWords } from './words/words.js';
import { preloadScreens, router } from './shell/routes.js';

/** A page that has broken altogether is loaded anew after so long: at a wall screen nobody is there to press a key. */
const RELOAD_MS = 10_000;
/** How long the first picture waits to know the language of the site. */
const DISPLAY_MS = 1_500;

function broken(): void {
  deadMan.fail();
  setTimeout(() => location.reload(), RELOAD_MS);
}

const element = document.getElementById('root');
if (element) {
  startScreenSettings(document.documentElement);
  await Promise.race([loadDisplay(), new Promise((resolve) => setTimeout(resolve, DISPLAY_MS))]);
  const paint = (): void => {
    document.documentElement.dataset['palette'] = display.get().palette;
  };
  paint();
  display.subscribe(paint);
  await startWords(languageWanted(display.get().language), document.documentElement);
  deadMan.start(document.body);
  createRoot(element, { onUncaughtError: broken }).render(<RouterProvider router={router} />);
  const later = (): void => void keepFiles().then(preloadParts).then(preloadScreens);
  if (document.readyState === 'complete') later();
  else addEventListener('load', later, { once: true });
}
