import { playSeeds } from '../play-seeds.js';
import { ClusterSimulation } from './cluster-simulation.js';

await playSeeds((seed) => new ClusterSimulation({ seed }).run());
