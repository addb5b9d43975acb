using System.Diagnostics;
using System.Globalization;
using System.Net;
using PromotionsService.Tests.Support;

namespace PromotionsService.Tests;

/// <summary>The service stays below its container's limit, whatever its clients and its collector do.</summary>
public sealed class MemoryTests
{
    /// <summary>The container's limit in MiB.</summary>
    private const int Limit = 192;

    private const int Clients = 64;

    /// <summary>In bytes: what .NET itself chooses in the container.</summary>
    private static readonly string s_heapLimit = (Limit * 1024L * 1024 * 3 / 4).ToString("x", CultureInfo.InvariantCulture);
    private static readonly TimeSpan s_duration = TimeSpan.FromSeconds(20);

    /// <summary>The collector takes connections and says nothing, so that every queue is full.</summary>
    [Fact]
    public async Task Clients_without_pause_and_a_silent_collector_fit_into_the_limit()
    {
        using var silent = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var service = await ServiceProcess.StartAsync(
            ("OTEL_EXPORTER_OTLP_ENDPOINT", $"http://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}"),
            ("DOTNET_PROCESSOR_COUNT", "16"), // a large host must not change it
            ("DOTNET_GCHeapHardLimit", s_heapLimit));
        var idle = service.ResidentMib;
        var clock = Stopwatch.StartNew();
        long peak = 0;
        var counts = Task.WhenAll(Enumerable.Range(0, Clients).Select(client => LoadAsync(service, client, clock)));
        await Eventually.TrueAsync(() => LoadEnds(), "the load ends");
        bool LoadEnds()
        {
            peak = Math.Max(peak, service.ResidentMib);
            return counts.IsCompleted;
        }

        var total = (await counts).Sum();
        TestContext.Current.TestOutputHelper!.WriteLine($"resident: {idle} MiB idle, {peak} MiB at most in {total} requests");
        Assert.True(peak < Limit, $"{peak} MiB");
    }

    private static async Task<int> LoadAsync(ServiceProcess service, int client, Stopwatch clock)
    {
        var count = 0;
        for (; clock.Elapsed < s_duration; count++)
        {
            var (path, body) = (count % 4) switch
            {
                0 => ("check", (object)new { userId = $"user-{client}", country = "DE", amount = 250.10 }),
                1 => ("validate-coupon", new { couponCode = "SAVE20", userId = $"user-{client}", amount = 250.10 }),
                2 => ("redeem-coupon", new { couponCode = "NEWUSER", userId = $"user-{client}", orderId = $"order-{client}-{count % 8}" }),
                _ => ("check", new { userId = new string('x', 15_000), country = "DE", amount = "?" }),
            };
            using var response = await service.PostAsync($"/api/promotions/{path}", body);
            Assert.True(response.StatusCode is HttpStatusCode.OK or HttpStatusCode.UnprocessableEntity, response.StatusCode.ToString());
        }

        return count;
    }
}
