#!/usr/bin/env node
/** The one program: finds the subcommand and runs it. */
import { findCommand, overview } from './cli/commands.js';

const [name, ...args] = process.argv.slice(2);
if (name === undefined || name === '--help' || name === 'help') {
  process.stdout.write(overview());
} else {
  const command = findCommand(name);
  if (command === undefined) {
    process.stderr.write(`There is no command "${name}". qaexchange --help lists them.\n`);
    process.exitCode = 1;
  } else {
    process.exitCode = await command.run(args);
  }
}
