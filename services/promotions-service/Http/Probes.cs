using System.Data.Common;
using PromotionsService.Promotions;
using PromotionsService.Telemetry;

namespace PromotionsService.Http;

/// <summary>Liveness and readiness. They come every few seconds and say nothing about the shop, so they leave no telemetry.</summary>
public static class Probes
{
    private static readonly string[] s_paths = ["/health", "/api/promotions/health", "/ready"];

    public static bool IsProbe(PathString path) => s_paths.Contains(path.Value, StringComparer.OrdinalIgnoreCase);

    public static void MapProbes(this IEndpointRouteBuilder routes)
    {
        var probes = routes.MapGroup("").WithTags("health").DisableHttpMetrics();
        probes.MapGet("/health", () => HealthResponse.Healthy).WithName("getHealth")
            .WithSummary("Liveness: the process responds, whatever it depends on");
        probes.MapGet("/api/promotions/health", () => HealthResponse.Healthy).WithName("getPromotionsHealth")
            .WithSummary("The same under its published path");
        probes.MapGet("/ready", ReadyAsync).WithName("getReadiness")
            .WithSummary("Readiness: the database responds and has its schema")
            .Produces<ReadyResponse>().Produces<ReadyResponse>(StatusCodes.Status503ServiceUnavailable);
    }

    private static async Task<IResult> ReadyAsync(ICouponStore coupons, CancellationToken cancellationToken)
    {
        try
        {
            await coupons.PingAsync(cancellationToken);
            return TypedResults.Ok(new ReadyResponse("ready", "ok"));
        }
        catch (Exception exception) when (exception is StoreUnavailableException or DbException)
        {
            var notReady = new ReadyResponse("not ready", ErrorTypes.Of(exception));
            return TypedResults.Json(notReady, statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }
}
