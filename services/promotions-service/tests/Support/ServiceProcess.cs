using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace PromotionsService.Tests.Support;

/// <summary>The service as a process of its own, as a container runs it.</summary>
public sealed class ServiceProcess : IAsyncDisposable
{
    private const int SigTerm = 15;
    private readonly Process _process;
    private readonly StringBuilder _output = new();

    private ServiceProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Append(line.Data);
        process.ErrorDataReceived += (_, line) => Append(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public HttpClient Client { get; } = new() { Timeout = TimeSpan.FromSeconds(20) };

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public bool HasPrinted => Text().Length > 0;

    public bool HasPrintedOtherThanJson => !Text().StartsWith('{');

    /// <summary>Everything that was printed, each line parsed: one that is not JSON fails the test.</summary>
    public IReadOnlyList<JsonElement> Lines
    {
        get
        {
            lock (_output)
            {
                return [.. _output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)
                    .Select(line => JsonDocument.Parse(line).RootElement)];
            }
        }
    }

    /// <summary>Resident memory in MiB.</summary>
    public long ResidentMib
    {
        get
        {
            var line = File.ReadLines($"/proc/{Id}/status").Single(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
            return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
        }
    }

    /// <summary>Starts the process and does not wait.</summary>
    public static ServiceProcess Launch(params (string Name, string Value)[] settings) => Launch(["dotnet"], settings);

    public static ServiceProcess Launch(string[] command, params (string Name, string Value)[] settings)
    {
        string[] all = [.. command, Path.Combine(AppContext.BaseDirectory, "PromotionsService.dll")];
        var start = new ProcessStartInfo(all[0], all[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var inherited in start.Environment.Keys.Where(IsSetting).ToList())
        {
            start.Environment.Remove(inherited);
        }

        foreach (var (name, value) in settings.Prepend(("PORT", "0")))
        {
            start.Environment[name] = value;
        }

        return new ServiceProcess(new Process { StartInfo = start });
    }

    /// <summary>What the shell of the tests has set must not change the service.</summary>
    private static bool IsSetting(string variable) =>
        variable.StartsWith("OTEL_", StringComparison.Ordinal) || variable is "DATABASE_URL" or "LOG_LEVEL";

    /// <summary>Starts the process and waits until it listens.</summary>
    public static async Task<ServiceProcess> StartAsync(params (string Name, string Value)[] settings)
    {
        var process = Launch(settings);
        await process.StartedAsync();
        return process;
    }

    public async Task StartedAsync()
    {
        await Eventually.TrueAsync(() => Event("service.started") is not null || _process.HasExited, "service.started");
        Assert.False(_process.HasExited, Text());
        Client.BaseAddress = new Uri($"http://127.0.0.1:{Event("service.started")!.Value.GetProperty("server.port").GetInt32()}");
    }

    /// <returns>The first line of this event, or null.</returns>
    public JsonElement? Event(string name) =>
        Lines.Where(line => IsEvent(line, name)).Select(line => (JsonElement?)line).FirstOrDefault();

    public static bool IsEvent(JsonElement line, string name) =>
        line.TryGetProperty("event.name", out var found) && found.ValueEquals(name);

    public Task<HttpResponseMessage> PostAsync(string path, object body) =>
        Client.PostAsync(path, new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json"));

    /// <summary>Sends SIGTERM.</summary>
    /// <returns>The exit code, and how long the end took.</returns>
    public async Task<(int ExitCode, TimeSpan Elapsed)> StopAsync()
    {
        var clock = Stopwatch.StartNew();
        Assert.Equal(0, Kill(Id, SigTerm));
        return (await ExitAsync(), clock.Elapsed);
    }

    /// <summary>Sends SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await ExitAsync();
    }

    public async Task<int> ExitAsync()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await _process.WaitForExitAsync(deadline.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
        Client.Dispose();
    }

    private string Text()
    {
        lock (_output)
        {
            return _output.ToString();
        }
    }

    private void Append(string? line)
    {
        if (line is not null)
        {
            lock (_output)
            {
                _output.Append(line).Append('\n');
            }
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
}
