export { quoted } from '../../wire/json-text.js';
