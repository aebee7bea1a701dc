import { playSeeds } from './play-seeds.js';
import { Simulation } from './simulation.js';

await playSeeds((seed) => new Simulation({ seed }).run());
