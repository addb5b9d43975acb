using Xunit.Sdk;
using Xunit.v3;

// Listeners of activities and meters are the process's, so services that run at once would see each other's telemetry.
[assembly: Parallelization(Mode = ParallelMode.None)]
