import './zod-without-eval.js';
import './styles/tokens.css';
import './styles/shell.css';
import './styles/grid.css';
import './styles/alarms.css';
import './styles/office.css';
import './styles/sign-in.css';
import { createRoot } from 'react-dom/client';
import { RouterProvider } from '@tanstack/react-router';
import { languageOf } from './words/languages.js';
import { startWords } from './words/words.js';
import { preloadScreens, router } from './shell/routes.js';

const SPEAKS = 'vigil.language';

const element = document.getElementById('root');
if (element) {
  const chosen = localStorage.getItem(SPEAKS);
  const code = chosen === 'pseudo' ? 'pseudo' : languageOf(chosen === null ? navigator.languages : [chosen]);
  await startWords(code, document.documentElement);
  createRoot(element).render(<RouterProvider router={router} />);
  if (document.readyState === 'complete') void preloadScreens();
  else addEventListener('load', () => void preloadScreens(), { once: true });
}
