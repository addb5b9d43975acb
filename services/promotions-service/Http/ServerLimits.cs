using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace PromotionsService.Http;

/// <summary>Bounds what a caller may take: time, memory and connections.</summary>
public static class ServerLimits
{
    /// <summary>A real body has less than 1 KiB.</summary>
    public const int MaxBodyKib = 16;

    public static void Apply(KestrelServerOptions options, int port)
    {
        options.AddServerHeader = false;
        options.ListenAnyIP(port);
        options.Limits.MaxRequestBodySize = MaxBodyKib * 1024;
        options.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(5); // a caller that sends byte by byte holds no connection
        options.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
        options.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(75); // longer than callers keep connections, so that they close them first
        // Far above the callers' pools. More are closed without a response, and the health check would be among them.
        options.Limits.MaxConcurrentConnections = 512;
    }
}
