using System.Diagnostics;

namespace PromotionsService.Telemetry;

/// <summary>What a caller may write at any length, up to the server's limits, must not fill the queues of spans.</summary>
public static class BoundedText
{
    private const int MaxLength = 256;

    public static void Cut(Activity span, params ReadOnlySpan<string> attributes)
    {
        foreach (var attribute in attributes)
        {
            if (span.GetTagItem(attribute) is string { Length: > MaxLength } text)
            {
                // Half a surrogate pair is no text.
                var length = char.IsHighSurrogate(text[MaxLength - 1]) ? MaxLength - 1 : MaxLength;
                span.SetTag(attribute, text[..length]);
            }
        }
    }
}
