import '../styles/tokens.css';
import '../styles/shell.css';
import '../styles/grid.css';
import '../styles/alarms.css';
import '../styles/office.css';
import '../styles/sign-in.css';
import './gallery.css';
import { createRoot } from 'react-dom/client';
import { THEMES } from '../model/screen-settings.js';
import { LANGUAGES, type Language } from '../words/languages.js';
import { restOfWords, startWords } from '../words/words.js';

/* `gallery.html?theme=night&language=ar&density=compact&dir=rtl#/tile/stale` */
const search = new URLSearchParams(location.search);
const html = document.documentElement;
html.dataset['theme'] = THEMES.find((theme) => theme === search.get('theme')) ?? 'dark';
/* Nothing flashes: a picture is the same each time. */
html.dataset['flashHigh'] = 'on';
html.dataset['flashMedium'] = 'on';
const language = Object.keys(LANGUAGES).find((code) => code === search.get('language')) ?? 'en';
await startWords(language as Language, html);
await restOfWords();
const dir = search.get('dir');
if (dir === 'ltr' || dir === 'rtl') html.dir = dir;
/* After the words: what fixtures say is in their language. */
const { Frame } = await import('./frame.js');
const element = document.getElementById('root');
if (element) createRoot(element).render(<Frame />);
