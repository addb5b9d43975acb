using System.Net;
using System.Net.Sockets;

namespace PromotionsService.Tests.Support;

/// <summary>Stands before a server that a test takes away and brings back: stopped, it refuses connections and cuts those it had.</summary>
public sealed class TcpProxy(string targetHost, int targetPort) : IDisposable
{
    private readonly List<TcpClient> _clients = [];
    private TcpListener? _listener;

    public int Port { get; } = FreePort.Find();

    public void Start()
    {
        var listener = new TcpListener(IPAddress.Loopback, Port);
        listener.Start();
        _listener = listener;
        _ = AcceptAsync(listener);
    }

    public void Stop()
    {
        _listener?.Stop();
        _listener = null;
        lock (_clients)
        {
            _clients.ForEach(client => client.Dispose());
            _clients.Clear();
        }
    }

    public void Dispose() => Stop();

    private async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                _ = ForwardAsync(await listener.AcceptTcpClientAsync());
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task ForwardAsync(TcpClient client)
    {
        using var target = new TcpClient();
        lock (_clients)
        {
            _clients.AddRange([client, target]);
        }

        try
        {
            await target.ConnectAsync(targetHost, targetPort);
            var (left, right) = (client.GetStream(), target.GetStream());
            await Task.WhenAny(left.CopyToAsync(right), right.CopyToAsync(left));
        }
        catch (Exception exception) when (exception is IOException or SocketException or InvalidOperationException)
        {
            // Cut.
        }
        finally
        {
            client.Dispose();
        }
    }
}
