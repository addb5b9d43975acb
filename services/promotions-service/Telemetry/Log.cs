namespace PromotionsService.Telemetry;

/// <summary>
/// The log lines of this service. [LoggerMessage] alone makes keys of its placeholders' names, which can't have dots; with
/// Microsoft.Extensions.Telemetry.Abstractions the same generator takes the key from [TagName], so no line is written by hand.
/// </summary>
public static partial class Log
{
    [LoggerMessage(EventName = Names.Events.ServiceStarted, Level = LogLevel.Information, Message = "Service started")]
    public static partial void ServiceStarted(this ILogger logger, [TagName(Names.Attributes.ServerPort)] int port);

    [LoggerMessage(EventName = Names.Events.ServiceStopping, Level = LogLevel.Information, Message = "Service stopping")]
    public static partial void ServiceStopping(this ILogger logger);

    [LoggerMessage(EventName = Names.Events.DatabaseMigrated, Level = LogLevel.Information, Message = "Database schema is up to date")]
    public static partial void DatabaseMigrated(this ILogger logger, [TagName(Names.Attributes.DatabaseVersion)] int version);

    [LoggerMessage(EventName = Names.Events.DatabaseUnavailable, Level = LogLevel.Error, Message = "The database is not available")]
    public static partial void DatabaseUnavailable(
        this ILogger logger, Exception exception, [TagName(Names.Attributes.ErrorType)] string errorType);

    [LoggerMessage(EventName = Names.Events.TelemetryExportFailed, Level = LogLevel.Warning, Message = "Telemetry export failed")]
    public static partial void TelemetryExportFailed(
        this ILogger logger, [TagName(Names.Attributes.ExceptionMessage)] string reason);

    [LoggerMessage(EventName = Names.Events.PromotionChecked, Level = LogLevel.Information, Message = "Promotion checked")]
    public static partial void PromotionChecked(
        this ILogger logger,
        [TagName(Names.Attributes.User)] string userId,
        [TagName(Names.Attributes.Country)] string country,
        [TagName(Names.Attributes.OrderAmount)] double amount,
        [TagName(Names.Attributes.Promotion)] string? promotion,
        [TagName(Names.Attributes.Discount)] double discount);

    [LoggerMessage(EventName = Names.Events.CouponValidated, Level = LogLevel.Information, Message = "Coupon validated")]
    public static partial void CouponValidated(
        this ILogger logger,
        [TagName(Names.Attributes.User)] string userId,
        [TagName(Names.Attributes.OrderAmount)] double amount,
        [TagName(Names.Attributes.Coupon)] string coupon,
        [TagName(Names.Attributes.CouponIsValid)] bool valid,
        [TagName(Names.Attributes.Discount)] double discount);

    [LoggerMessage(EventName = Names.Events.CouponRedeemed, Level = LogLevel.Information, Message = "Coupon redeemed")]
    public static partial void CouponRedeemed(
        this ILogger logger,
        [TagName(Names.Attributes.Order)] string orderId,
        [TagName(Names.Attributes.User)] string userId,
        [TagName(Names.Attributes.Coupon)] string coupon,
        [TagName(Names.Attributes.CouponOutcome)] string outcome);

    /// <summary>Shows nothing of the request, which may not have been validated.</summary>
    [LoggerMessage(EventName = Names.Events.RequestRejected, Level = LogLevel.Information, Message = "Request rejected")]
    public static partial void RequestRejected(
        this ILogger logger,
        [TagName(Names.Attributes.ErrorType)] string errorType,
        [TagName(Names.Attributes.Status)] int status,
        [TagName(Names.Attributes.Method)] string method,
        [TagName(Names.Attributes.Route)] string? route);

    [LoggerMessage(EventName = Names.Events.RequestCrashed, Level = LogLevel.Error, Message = "Request crashed")]
    public static partial void RequestCrashed(
        this ILogger logger,
        Exception exception,
        [TagName(Names.Attributes.ErrorType)] string errorType,
        [TagName(Names.Attributes.Method)] string method,
        [TagName(Names.Attributes.Route)] string? route);
}
