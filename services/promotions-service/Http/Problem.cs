namespace PromotionsService.Http;

/// <summary>A kind of error response. Its name is the last part of the document's `type` and the value of error.type.</summary>
public sealed record Problem(string Name, int Status, string Title, string Detail)
{
    public const string MediaType = "application/problem+json";
    public const string TypePrefix = "urn:webstore:problem:";

    public static Problem NotFound { get; } = new("not-found", 404, "Not found", "There is nothing at this path.");

    public static Problem CouponNotFound { get; } = new("coupon-not-found", 404, "Coupon not found", "There is no such coupon.");

    public static Problem MethodNotAllowed { get; } =
        new("method-not-allowed", 405, "Method not allowed", "The header Allow lists the methods of this path.");

    public static Problem RequestTimeout { get; } =
        new("request-timeout", 408, "Request timeout", "The body did not arrive in time.");

    public static Problem CouponExhausted { get; } =
        new("coupon-exhausted", 409, "Coupon exhausted", "The coupon's last use went to another order.");

    public static Problem RedemptionConflict { get; } =
        new("redemption-conflict", 409, "Redemption conflict", "The order has used another coupon.");

    public static Problem PayloadTooLarge { get; } =
        new("payload-too-large", 413, "Payload too large", $"The body exceeds {ServerLimits.MaxBodyKib} KiB.");

    public static Problem UnsupportedMediaType { get; } =
        new("unsupported-media-type", 415, "Unsupported media type", "The body must be application/json, in UTF-8.");

    public static Problem ValidationFailed { get; } =
        new("validation-failed", 422, "Validation failed", "Some values are missing or wrong.");

    public static Problem InternalError { get; } =
        new("internal-error", 500, "Internal error", "The request failed unexpectedly.");

    public static Problem Unavailable { get; } =
        new("unavailable", 503, "Unavailable", "The database is not available at the moment.");

    /// <summary>The problem of a status that the framework chose.</summary>
    public static Problem Of(int status) => status switch
    {
        404 => NotFound,
        405 => MethodNotAllowed,
        408 => RequestTimeout,
        413 => PayloadTooLarge,
        415 => UnsupportedMediaType,
        < 500 => ValidationFailed,
        _ => InternalError,
    };
}
