import './zod-without-eval.js';
import './styles/tokens.css';
import './styles/shell.css';
import './styles/grid.css';
import './styles/alarms.css';
import './styles/office.css';
import './styles/sign-in.css';
import { createRoot } from 'react-dom/client';
import { App } from './app/app.js';

const root = document.getElementById('root');
if (root) createRoot(root).render(<App />);
