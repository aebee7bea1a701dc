export * from '../../wire/ids.js';
